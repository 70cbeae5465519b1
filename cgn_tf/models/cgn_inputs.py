"""Noise and labels of a CGN, checked and as tensors."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cgn_tf.ops.labels import as_labels, is_embedded
from cgn_tf.types import Triplet


def as_noises(noise: Any, noise_dim: int) -> Triplet[Any]:
    """Noise [B, d] a factor, float32, of one or a `Triplet`; ValueError where it is complex or of another width."""
    given = _factors(noise)
    for factor, values in zip(Triplet._fields, given, strict=True):
        dtype = str((values if hasattr(values, "dtype") else ops.convert_to_tensor(values)).dtype)
        if "complex" in dtype:  # a conversion would drop the imaginary part
            raise ValueError(f"{factor} noise: expected real numbers [B, {noise_dim}], got complex ones.")
    found = Triplet(*(ops.convert_to_tensor(values, dtype="float32") for values in given))
    for factor, values in zip(Triplet._fields, found, strict=True):
        if len(values.shape) != 2 or values.shape[1] != noise_dim:
            raise ValueError(f"{factor} noise: expected shape [B, {noise_dim}], got {tuple(values.shape)}.")
    return found


def as_conditions(labels: Any, embeddings: Any, num_classes: int, width: int | None) -> Triplet[Any]:
    """Labels int [B] a factor, or embeddings float [B, e] in their place, of one or a `Triplet`; the other is None.

    Args:
        labels: in [0, num_classes).
        embeddings: of the width e.
        num_classes: of the model.
        width: e, where the CGN knows it; None: each mechanism does.

    Raises:
        ValueError: both, neither, or ones of another range, type or shape.
    """
    if (labels is None) == (embeddings is None):
        raise ValueError(f"expected either labels or embeddings, got {'neither' if labels is None else 'both'}.")
    if embeddings is None:
        return Triplet(*(as_labels(y, num_classes, f) for y, f in zip(_factors(labels), Triplet._fields, strict=True)))
    found = Triplet(*map(ops.convert_to_tensor, _factors(embeddings)))
    for factor, given in zip(Triplet._fields, found, strict=True):
        if not is_embedded(given) or width not in (None, given.shape[1]):
            raise ValueError(
                f"{factor} embeddings: expected floats [B, {width or 'e'}], as `embed` makes them of labels, got "
                f"{keras.backend.standardize_dtype(given.dtype)} {list(given.shape)}."
            )
    return found


def check_rows(noises: Triplet[Any], conditions: Triplet[Any], offsets: Any, images_per_mask: int) -> None:
    """Holds all rows to the same number, as far as they are known; nothing is broadcast.

    With `images_per_mask` above 1, texture, background and offsets have that many rows for each of the shape.

    Raises:
        ValueError: no rows, or other numbers of them.
    """
    if images_per_mask < 1:
        raise ValueError(f"images_per_mask: expected at least 1, got {images_per_mask}.")
    given = {f"{factor} noise": noise for factor, noise in zip(Triplet._fields, noises, strict=True)}
    given |= {f"{factor} labels": condition for factor, condition in zip(Triplet._fields, conditions, strict=True)}
    given |= {} if offsets is None else {"offsets": offsets}
    rows = {
        name: count for name, count in ((name, _rows(values)) for name, values in given.items()) if count is not None
    }
    for name, count in rows.items():
        if count == 0:
            raise ValueError(f"{name}: expected at least 1 row, got 0.")
    if images_per_mask == 1:
        _check_equal(rows)
    elif "shape noise" in rows:
        _check_multiples(rows, rows["shape noise"], images_per_mask)


def _check_equal(rows: dict[str, int]) -> None:
    first, expected = next(iter(rows.items()), ("", 0))  # none, where a graph knows none
    for name, count in rows.items():
        if count != expected:
            raise ValueError(
                f"{name}: expected {expected} rows, as many as of {first}, got {count}; give a row for each image, of "
                "one that stands for all by np.repeat."
            )


def _check_multiples(rows: dict[str, int], shapes: int, images_per_mask: int) -> None:
    for name, count in rows.items():
        expected = shapes if name.startswith("shape") else shapes * images_per_mask
        if count != expected:
            raise ValueError(
                f"{name}: expected {expected} rows for {shapes} shapes and images_per_mask={images_per_mask}, got "
                f"{count}."
            )


def _factors(given: Any) -> Triplet[Any]:
    return given if isinstance(given, Triplet) else Triplet.same(given)


def _rows(values: Any) -> int | None:
    """The first dimension; None where a graph does not know it yet."""
    shape = values.shape if hasattr(values, "shape") else np.shape(values)
    return None if len(shape) == 0 else shape[0]
