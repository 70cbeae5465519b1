"""What the benchmark measures of served models: exported, loaded again, and asked in this process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.benchmark.cases import BenchmarkCase
from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.models.cgn import CGN
from cgn_tf.serving.export import saved_model
from cgn_tf.serving.export.servable import Limits
from cgn_tf.serving.export.signatures import DEFAULT, cgn_signatures

BATCH = 64


def digit_serving_cases(cgn: CGN) -> dict[str, BenchmarkCase]:
    """One image a request, and 64, of a digit CGN; the speed of an untrained CGN is that of a trained one."""
    return _served(cgn, {"digit_cgn_1": 1, f"digit_cgn_{BATCH}": BATCH})


def imagenet_serving_cases(cgn: CGN) -> dict[str, BenchmarkCase]:
    """One image a request of the CGN at 256 pixels."""
    return _served(cgn, {"imagenet_cgn": 1})


def _served(cgn: CGN, batches: dict[str, int]) -> dict[str, BenchmarkCase]:
    """By name the loaded `serving_default`, asked for so many images at once; nothing stays on the disk."""
    with tempfile.TemporaryDirectory() as directory:
        origin = CheckpointSource(Path(directory), 0, "")
        folder = saved_model.export(cgn, origin, Path(directory) / "cgn", Limits(max(batches.values())))
        signature = tf.saved_model.load(str(folder)).signatures[DEFAULT]
    example = cgn_signatures(cgn, BATCH)[DEFAULT].example
    return {name: _measured(signature, example(rows), cgn.image_size) for name, rows in batches.items()}


def _measured(signature: Any, request: dict[str, Any], image_size: int) -> BenchmarkCase:
    given = {name: tf.constant(values) for name, values in request.items()}
    rows = len(request["truncation"])
    return BenchmarkCase(
        lambda: signature(**given)["image"].numpy(), rows, {"batch_size": rows, "image_size": image_size}
    )
