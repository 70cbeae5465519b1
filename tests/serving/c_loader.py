"""`loader.c`: compiled against TensorFlow's wheel, and its answers read."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from tests.serving.asked import Request

LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")


class Answer(NamedTuple):
    """To one request: its signature, code and message, and the outputs where the code is 0."""

    signature: str
    code: int
    message: str
    outputs: dict[str, np.ndarray]


def compiled(compiler: str, directory: Path) -> Path:
    wheel = Path(tf.sysconfig.get_lib())
    program = directory / "loader"
    flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-isystem", tf.sysconfig.get_include()]
    libraries = [f"-L{wheel}", *(f"-l:{name}" for name in LIBRARIES), f"-Wl,-rpath,{wheel}"]
    source = Path(__file__).with_name("loader.c")
    subprocess.run([compiler, *flags, source, "-o", program, *libraries], check=True)
    return program


def write_requests(path: Path, requests: Iterable[tuple[str, Request]]) -> Path:
    """In the format of the requests that warm a server up."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, given in requests:
            log = prediction_log_pb2.PredictionLog()
            log.predict_log.request.model_spec.signature_name = signature
            for name, values in given.items():
                log.predict_log.request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
            writer.write(log.SerializeToString())
    return path


def ask(program: Path, model: Path, *requests: Path) -> list[Answer]:
    """The answers of one process to all requests of some files, in order."""
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([program, model, *requests], check=True, stdout=subprocess.PIPE, env=quiet)
    stream = io.BytesIO(done.stdout)
    return list(iter(lambda: _answer(stream), None))


def _answer(stream: io.BytesIO) -> Answer | None:
    head = stream.readline().decode().split()
    if not head:
        return None
    signature, code, outputs, size = head[0], *map(int, head[1:])
    message = stream.read(size + 1)[:-1].decode(errors="replace")
    return Answer(signature, code, message, dict(_output(stream) for _ in range(outputs)))


def _output(stream: io.BytesIO) -> tuple[str, np.ndarray]:
    name, *numbers = stream.readline().decode().split()
    kind, size, _, *shape = map(int, numbers)
    content = stream.read(size + 1)[:-1]
    dtype = tf.as_dtype(kind)
    if dtype != tf.string:
        return name, np.frombuffer(content, dtype.as_numpy_dtype).reshape(shape)
    strings, rest = [], io.BytesIO(content)
    while length := rest.read(8):
        strings.append(rest.read(int.from_bytes(length, "little")))
    return name, np.array(strings, object).reshape(shape)
