"""What the benchmark measures of served models: exported, loaded again, and asked in this process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.build import build_cgn
from cgn_tf.checkpoints import Origin
from cgn_tf.cli.benchmark_works import Measured
from cgn_tf.config.networks import ModelConfig
from cgn_tf.models.cgn import CGN
from cgn_tf.serving import saved_model
from cgn_tf.serving.servable import Limits
from cgn_tf.serving.signatures import DEFAULT, cgn_signatures

BATCH = 64


def digit_serving() -> dict[str, Measured]:
    """One image a request, and 64, of an untrained digit CGN: its speed is that of a trained one."""
    return _served(build_cgn(ModelConfig(), seed=0), {"digit_cgn_1": 1, f"digit_cgn_{BATCH}": BATCH})


def imagenet_serving(cgn: CGN) -> dict[str, Measured]:
    """One image a request of the CGN at 256 pixels."""
    return _served(cgn, {"imagenet_cgn": 1})


def _served(cgn: CGN, batches: dict[str, int]) -> dict[str, Measured]:
    """By name the loaded `serving_default`, asked for so many images at once; nothing stays on the disk."""
    with tempfile.TemporaryDirectory() as directory:
        origin = Origin(Path(directory), 0, "")
        folder = saved_model.export(cgn, origin, Path(directory) / "cgn", Limits(max(batches.values())))
        signature = tf.saved_model.load(str(folder)).signatures[DEFAULT]
    example = cgn_signatures(cgn, BATCH)[DEFAULT].example
    return {name: _measured(signature, example(rows), cgn.image_size) for name, rows in batches.items()}


def _measured(signature: Any, request: dict[str, Any], image_size: int) -> Measured:
    given = {name: tf.constant(values) for name, values in request.items()}
    rows = len(request["truncation"])
    return Measured(lambda: signature(**given)["image"].numpy(), rows, {"batch_size": rows, "image_size": image_size})
