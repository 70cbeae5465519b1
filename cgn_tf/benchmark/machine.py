"""What a speed has to be read against: the machine, what it can do at best, and the memory that was used."""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import tensorflow as tf


class Ceiling(NamedTuple):
    """A plain operation, and how much it computes.

    Attributes:
        call: computes it once.
        gflop: floating point operations of one call, in 10⁹; a multiplication and an addition are two.
        what: in words.
    """

    call: Callable[[], object]
    gflop: float
    what: str


def facts() -> dict[str, Any]:
    """CPU, GPUs and versions."""
    details = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)),
        "gpus": [detail.get("device_name", "unknown") for detail in details],
        "tensor_float_32": tf.config.experimental.tensor_float_32_execution_enabled(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The name of the CPU as the system tells it; the architecture where it does not."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def memory() -> dict[str, Any]:
    """Peak of this process so far: of main memory, and of each GPU as TensorFlow's allocator counts it; bytes."""
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gpus = [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices("GPU")]
    return {
        "peak_resident_bytes": resident * (1 if sys.platform == "darwin" else 1024),
        "peak_gpu_bytes": {name: tf.config.experimental.get_memory_info(name)["peak"] for name in gpus},
    }


def matmul(side: int) -> Ceiling:
    """A product of two square float32 matrices."""
    a, b = (tf.random.stateless_normal((side, side), [0, number]) for number in range(2))

    @tf.function(autograph=False, jit_compile=False)
    def product(a: Any, b: Any) -> Any:
        return tf.matmul(a, b)

    return Ceiling(lambda: product(a, b)[0, 0].numpy(), 2 * side**3 / 1e9, f"{side}×{side} matrices, float32")


def convolution(batch: int, side: int = 32, channels: int = 128) -> Ceiling:
    """A 3×3 convolution, float32 NHWC, as in the middle of a feature network."""
    images = tf.random.stateless_normal((batch, side, side, channels), [0, 2])
    kernel = tf.random.stateless_normal((3, 3, channels, channels), [0, 3])

    @tf.function(autograph=False, jit_compile=False)
    def convolve(images: Any, kernel: Any) -> Any:
        return tf.nn.conv2d(images, kernel, strides=1, padding="SAME")

    return Ceiling(
        lambda: convolve(images, kernel)[0, 0, 0, 0].numpy(),
        2 * batch * side**2 * 9 * channels**2 / 1e9,
        f"3×3, {batch}×{side}×{side}×{channels} to {channels} channels, float32",
    )
