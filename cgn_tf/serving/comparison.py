"""An exported model, held to answer as the model does that it is of."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.serving.inputs import Signature
from cgn_tf.serving.servable import ExportError

TOLERANCE = 1e-5
"""Of floats; of those beyond 1 in relation to their size."""
LEVELS = 1
"""Of 8-bit values."""
ROWS = 2

Answers = dict[str, dict[str, np.ndarray]]
"""Signature → output → values, of PNG files their pixels."""


def compare(live: Mapping[str, Signature], folded: Mapping[str, Signature], folder: Path, rows: int = ROWS) -> None:
    """Asks the live model, the folded one and the exported one for the same.

    The first two are compared eagerly, the last two as graphs: TensorFlow rewrites a graph before it runs, and what
    U²-Net's normalisation makes of other rounding is no fault of an export.

    Args:
        live: the signatures of the model.
        folded: those of what was exported.
        folder: of the SavedModel.
        rows: of each request.

    Raises:
        ExportError: they do not agree; the message names signature and output.
    """
    with _eagerly():
        expected, found = (_answers(signatures, _called(signatures), rows) for signatures in (live, folded))
    _hold(expected, found, "folded")
    loaded = tf.saved_model.load(str(folder)).signatures

    def by_name(name: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return loaded[name](**given)

    _hold(_answers(folded, _called(folded), rows), _answers(folded, by_name, rows), "exported")


def _called(signatures: Mapping[str, Signature]) -> Callable[[str, Mapping[str, Any]], Mapping[str, Any]]:
    return lambda name, given: signatures[name].function(*given.values())


def _answers(
    signatures: Mapping[str, Signature], ask: Callable[[str, Mapping[str, Any]], Mapping[str, Any]], rows: int
) -> Answers:
    """What `ask` gives for the examples of all signatures."""
    found = {}
    for name, signature in signatures.items():
        given = {key: tf.constant(value) for key, value in signature.example(rows).items()}
        found[name] = {output: _pixels(values) for output, values in ask(name, given).items()}
    return found


@contextlib.contextmanager
def _eagerly() -> Iterator[None]:
    """Functions that are called in the block are no graphs."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


def _hold(expected: Answers, found: Answers, what: str) -> None:
    for signature, outputs in expected.items():
        for output, values in outputs.items():
            exact = values.dtype.kind in "iu"
            tolerance = LEVELS if exact else TOLERANCE
            scale = 1.0 if exact else np.maximum(1.0, np.abs(values))
            difference = float(np.max(np.abs(found[signature][output].astype(np.float64) - values) / scale))
            if not difference <= tolerance:  # also where it is NaN
                raise ExportError(
                    f"{signature}: expected {output} of the {what} model within {tolerance:g} of the model's, got a "
                    f"difference of {difference:.3g}; nothing was exported."
                )


def _pixels(values: Any) -> np.ndarray:
    """An output as numbers: of PNG files their pixels."""
    if values.dtype == tf.string:
        return np.stack([tf.io.decode_png(file).numpy() for file in values])
    return np.asarray(values)
