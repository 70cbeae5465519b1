"""Noise and labels of a CGN, checked and as tensors."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cgn_tf.ops.labels import as_labels, is_embedded
from cgn_tf.types import Triplet


def as_noises(noise: Any, noise_dim: int) -> Triplet[Any]:
    """Noise [B, d] a factor, float32, of one or a `Triplet`; ValueError where the width is another."""
    found = Triplet(*(ops.convert_to_tensor(given, dtype="float32") for given in _factors(noise)))
    for factor, given in zip(Triplet._fields, found, strict=True):
        if len(given.shape) != 2 or given.shape[1] != noise_dim:
            raise ValueError(f"{factor} noise: expected shape [B, {noise_dim}], got {tuple(given.shape)}.")
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
    """Holds texture, background and offsets to `images_per_mask` rows for every shape, as far as shapes are known."""
    if images_per_mask == 1:
        return
    if images_per_mask < 1:
        raise ValueError(f"images_per_mask: expected at least 1, got {images_per_mask}.")
    shapes = _rows(noises.shape)
    given = {f"{factor} noise": noise for factor, noise in zip(Triplet._fields, noises, strict=True)}
    given |= {f"{factor} labels": condition for factor, condition in zip(Triplet._fields, conditions, strict=True)}
    for name, values in (given | ({} if offsets is None else {"offsets": offsets})).items():
        expected = shapes if shapes is None or name.startswith("shape") else shapes * images_per_mask
        if None not in (expected, _rows(values)) and _rows(values) != expected:
            raise ValueError(
                f"{name}: expected {expected} rows for {shapes} shapes and images_per_mask={images_per_mask}, got "
                f"{_rows(values)}."
            )


def _factors(given: Any) -> Triplet[Any]:
    return given if isinstance(given, Triplet) else Triplet.same(given)


def _rows(values: Any) -> int | None:
    """The first dimension; None where a graph does not know it yet."""
    shape = values.shape if hasattr(values, "shape") else np.shape(values)
    return None if len(shape) == 0 else shape[0]
