"""Exported models behind TF Serving's protocol, for the two programs that tests start: `grpc_server`, `http_server`.

    python tests/serving/grpc_server.py --control=DIR NAME=BASE_PATH...

prints its port on loopback and serves all versions of every model until the process of the tests ends. A session runs
the graphs, as in TF Serving, fed by the names that a signature has, and codes and messages are TF Serving's.

Each request to predict adds a line to DIR/asked, and takes the first line from DIR/faults, if there is one: "ok",
"code NAME" to fail with, "sleep SECONDS" before the answer, "die" in the middle of it, "garbage" instead of it, and of
HTTP "drip", an answer byte by byte without end.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from google.protobuf.any_pb2 import Any as AnyMessage
from tensorflow.core.protobuf import error_codes_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2

DEFAULT = "serving_default"


class RefusedError(Exception):
    """A status other than OK: gRPC's name of it, and the message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Version:
    """A loaded SavedModel."""

    def __init__(self, path: Path) -> None:
        self.session = tf.compat.v1.Session(graph=tf.Graph())
        with self.session.graph.as_default():
            meta_graph = tf.compat.v1.saved_model.load(self.session, [tf.saved_model.SERVING], str(path))
        self.signatures = dict(meta_graph.signature_def)

    def run(self, name: str, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        if (name or DEFAULT) not in self.signatures:
            raise RefusedError("FAILED_PRECONDITION", f'Serving signature key "{name}" not found.')
        signature = self.signatures[name or DEFAULT]
        if set(given) != set(signature.inputs):
            wanted, sent = sorted(signature.inputs), sorted(given)
            raise RefusedError(
                "INVALID_ARGUMENT", f"input size does not match signature: {len(sent)}!={len(wanted)}: {sent}, {wanted}"
            )
        for key, array in given.items():
            wanted, sent = tf.dtypes.as_dtype(signature.inputs[key].dtype).name, tf.dtypes.as_dtype(array.dtype).name
            if sent != wanted:
                raise RefusedError("INVALID_ARGUMENT", f"Expects {key} to be {wanted} but {sent} is provided")
        fed = {signature.inputs[key].name: array for key, array in given.items()}
        try:
            return self.session.run({key: info.name for key, info in signature.outputs.items()}, fed)
        except tf.errors.OpError as error:
            raise RefusedError(error_codes_pb2.Code.Name(error.error_code), error.message) from error
        except ValueError as error:  # Python's session looks at shapes before the graph does
            raise RefusedError("INVALID_ARGUMENT", str(error)) from error


class Models:
    """All versions of all models."""

    def __init__(self, base_paths: Mapping[str, Path]) -> None:
        self.versions = {
            name: {int(path.name): Version(path) for path in base.iterdir() if path.name.isdigit()}
            for name, base in base_paths.items()
        }

    def get(self, name: str, version: int | None) -> tuple[int, Version]:
        versions = self.versions.get(name, {})
        number = max(versions, default=0) if version is None else version
        if number not in versions:
            asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise RefusedError("NOT_FOUND", f"Servable not found for request: {asked}")
        return number, versions[number]

    def metadata(self, name: str, version: int | None) -> Any:
        """A `GetModelMetadataResponse`."""
        number, served = self.get(name, version)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.name, response.model_spec.version.value = name, number
        signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=served.signatures)
        packed = AnyMessage()
        packed.Pack(signatures)
        response.metadata["signature_def"].CopyFrom(packed)
        return response

    def status(self, name: str, version: int | None) -> Any:
        """A `GetModelStatusResponse`."""
        versions = self.versions.get(name, {})
        if not versions:
            raise RefusedError("NOT_FOUND", f"Could not find any versions of model {name}")
        if version is not None and version not in versions:
            raise RefusedError("NOT_FOUND", f"Could not find version {version} of model {name}")
        state = get_model_status_pb2.ModelVersionStatus.State.AVAILABLE
        response = get_model_status_pb2.GetModelStatusResponse()
        for number in sorted(versions) if version is None else [version]:
            response.model_version_status.add(version=number, state=state).status.error_code = 0
        return response


class Control:
    """What tests tell a running server to do."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def fault(self) -> str:
        """The fault of this request; sleeps and refusals are done here, the others are the transport's."""
        with (self.directory / "asked").open("a") as file:
            file.write("predict\n")
        faults = self.directory / "faults"
        first, *rest = faults.read_text().splitlines() if faults.exists() else ["ok"]
        if rest:
            faults.write_text("\n".join(rest))
        else:
            faults.unlink(missing_ok=True)
        word, _, argument = first.partition(" ")
        if word == "code":
            raise RefusedError(argument, "as the test wants it")
        if word == "sleep":
            time.sleep(float(argument))
        return word


class Arguments(NamedTuple):
    models: Models
    control: Control


def arguments() -> Arguments:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=Path, required=True)
    parser.add_argument("models", nargs="+")
    given = parser.parse_args()
    bases = dict(model.split("=", 1) for model in given.models)
    return Arguments(Models({name: Path(base) for name, base in bases.items()}), Control(given.control))


def say_port_and_end_with_the_test(port: int) -> None:
    print(port, flush=True)

    def wait() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
