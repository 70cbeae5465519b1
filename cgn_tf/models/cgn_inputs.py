"""Noise and labels of a CGN, checked and as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from cgn_tf.ops.labels import as_labels, is_embedded
from cgn_tf.types import Triplet


def as_noises(noises: Triplet[Any], noise_dim: int) -> Triplet[Any]:
    """Noise [B, d] a factor, float32; ValueError where the width is another."""
    found = Triplet(*(ops.convert_to_tensor(noise, dtype="float32") for noise in noises))
    for factor, noise in zip(Triplet._fields, found, strict=True):
        if len(noise.shape) != 2 or noise.shape[1] != noise_dim:
            raise ValueError(f"{factor} noise: expected shape [B, {noise_dim}], got {tuple(noise.shape)}.")
    return found


def as_conditions(labels: Triplet[Any], num_classes: int) -> Triplet[Any]:
    """Labels int [B] a factor, or embeddings float [B, e] as they are; ValueError for labels outside the classes."""
    return Triplet(
        *(
            ops.convert_to_tensor(given) if is_embedded(given) else as_labels(given, num_classes, factor)
            for factor, given in zip(Triplet._fields, labels, strict=True)
        )
    )


def check_rows(noises: Triplet[Any], labels: Triplet[Any], offsets: Any, images_per_mask: int) -> None:
    """Holds texture, background and offsets to `images_per_mask` rows for every shape, as far as shapes are known."""
    if images_per_mask < 1:
        raise ValueError(f"images_per_mask: expected at least 1, got {images_per_mask}.")
    shapes = _rows(noises.shape)
    given = {f"{factor} noise": noise for factor, noise in zip(Triplet._fields, noises, strict=True)}
    given |= {f"{factor} labels": label for factor, label in zip(Triplet._fields, labels, strict=True)}
    for name, values in (given | ({} if offsets is None else {"offsets": offsets})).items():
        expected = shapes if shapes is None or name.startswith("shape") else shapes * images_per_mask
        if None not in (expected, _rows(values)) and _rows(values) != expected:
            raise ValueError(
                f"{name}: expected {expected} rows for {shapes} shapes and images_per_mask={images_per_mask}, got "
                f"{_rows(values)}."
            )


def _rows(values: Any) -> int | None:
    """The first dimension; None where a graph does not know it yet."""
    shape = values.shape if hasattr(values, "shape") else np.shape(values)
    return None if len(shape) == 0 else shape[0]
