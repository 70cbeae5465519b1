"""An exported model, held to answer as the model does that it is of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.serving.export.inputs import Signature
from cgn_tf.serving.export.servable import ExportError

TOLERANCE = 1e-5
"""Of floats; of those beyond 1 in relation to their size."""
LEVELS = 1
"""Of 8-bit values."""
ROWS = 2


def compare(live: Mapping[str, Signature], folder: Path, rows: int = ROWS) -> None:
    """Asks the live model and the exported one for the same.

    Args:
        live: the signatures of the model.
        folder: of the SavedModel.
        rows: of each request.

    Raises:
        ExportError: they do not agree; the message names signature and output.
    """
    loaded = tf.saved_model.load(str(folder)).signatures
    for name, signature in live.items():
        given = {key: tf.constant(value) for key, value in signature.example(rows).items()}
        with _eagerly():  # as the model is called by its users
            expected = signature.function(*given.values())
        found = loaded[name](**given)
        for output in expected:
            _hold(f"{name}: expected {output}", _pixels(expected[output]), _pixels(found[output]))


@contextlib.contextmanager
def _eagerly() -> Iterator[None]:
    """Functions that are called in the block are no graphs."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


def _hold(what: str, expected: np.ndarray, found: np.ndarray) -> None:
    exact = expected.dtype.kind in "iu"
    tolerance = LEVELS if exact else TOLERANCE
    scale = 1.0 if exact else np.maximum(1.0, np.abs(expected))
    difference = float(np.max(np.abs(found.astype(np.float64) - expected) / scale))
    if not difference <= tolerance:  # also where it is NaN
        raise ExportError(
            f"{what} within {tolerance:g} of the model's, got a difference of {difference:.3g}; nothing was exported."
        )


def _pixels(values: Any) -> np.ndarray:
    """An output as numbers: of PNG files their pixels."""
    if values.dtype == tf.string:
        return np.stack([tf.io.decode_png(file).numpy() for file in values])
    return np.asarray(values)
