"""Do the mechanisms do their own work? Masks that read as their label, strokes in the colour of theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cgn_tf.datasets.digits.sources import IMAGE_SIZE
from cgn_tf.evaluation.mask_classifier import read
from cgn_tf.types import DECIDED_WITHIN, Composite, Triplet

STROKE_FROM = 0.5
"""A pixel whose mask is above this belongs to the stroke."""

_BATCH = 500


def evaluate_masks(
    cgn: Any,
    mask_classifier: Callable[[np.ndarray], object],
    stroke_colours: np.ndarray | None,
    *,
    samples: int,
    seed: int,
    counterfactual: bool,
    truncation: float = 1.0,
) -> dict[str, Any]:
    """Figures on generated images of all shape classes in equal number.

    Texture and background are shifted at random, as in training.

    Args:
        cgn: a digit CGN.
        mask_classifier: strokes [B, H, W, 1] of 0 and 1 → scores [B, classes].
        stroke_colours: uint8 [classes, 3] RGB, where the strokes of a class have one colour; None: colours are not
            judged.
        samples: number of images.
        seed: integer seed of noise, labels and shifts.
        counterfactual: independent labels for texture and background; False: those of the shape.
        truncation: factor on the noise.

    Returns:
        `mask_mean` in [0, 1]; `decided`: share of the pixels within 0.1 of 0 or 1; `read`: share of the masks that the
        classifier takes for their shape label, and `read_by_class`. With `stroke_colours` also `colour`: share of the
        images whose mean colour over the stroke is nearest to that of their own texture label, and `colour_by_class`.
    """
    random = np.random.default_rng(seed)
    masks, mean_colours, shapes, textures = [], [], [], []
    for start in range(0, samples, _BATCH):
        count = min(_BATCH, samples - start)
        shape = ((start + np.arange(count)) % cgn.num_classes).astype(np.int32)
        labels = Triplet.same(shape)
        if counterfactual:
            drawn = random.integers(cgn.num_classes, size=(2, count), dtype=np.int32)
            labels = Triplet(shape, *drawn)
        noise = random.standard_normal((count, cgn.noise_dim), np.float32)
        offsets = random.integers(IMAGE_SIZE, size=(count, 2, 2), dtype=np.int32) if cgn.shuffles else None
        composite = cgn(noise, labels, offsets=offsets, truncation=truncation)
        masks.append(np.asarray(composite.mask))
        mean_colours.append(mean_stroke_colour(composite))
        shapes.append(shape)
        textures.append(labels.texture)
    mask, shape, texture = (np.concatenate(parts) for parts in (masks, shapes, textures))
    as_read = read(mask_classifier, (mask > STROKE_FROM).astype(np.float32)) == shape
    figures: dict[str, Any] = {
        "mask_mean": float(mask.mean()),
        "decided": float(((mask < DECIDED_WITHIN) | (mask > 1 - DECIDED_WITHIN)).mean()),
        "read": float(as_read.mean()),
        "read_by_class": _by_class(as_read, shape),
    }
    if stroke_colours is not None:
        as_coloured = nearest_colour(np.concatenate(mean_colours), stroke_colours) == texture
        figures |= {"colour": float(as_coloured.mean()), "colour_by_class": _by_class(as_coloured, texture)}
    return figures


def mean_stroke_colour(composite: Composite) -> np.ndarray:
    """The mean colour of the image where the mask is above one half: [B, 3] in [0, 1], NaN for an empty mask."""
    stroke = np.asarray(composite.mask) > STROKE_FROM
    image = (np.asarray(composite.image) + 1.0) / 2.0
    with np.errstate(invalid="ignore"):
        return (image * stroke).sum(axis=(1, 2)) / stroke.sum(axis=(1, 2))


def nearest_colour(colours: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Index of the nearest of `palette`, uint8 [N, 3], to each of `colours`, [B, 3] in [0, 1]; −1 for NaN."""
    distances = ((colours[:, None] - palette / 255.0) ** 2).sum(axis=-1)
    empty = np.isnan(distances).any(axis=1)
    return np.where(empty, -1, np.argmin(np.where(empty[:, None], 0.0, distances), axis=1))


def _by_class(hits: np.ndarray, labels: np.ndarray) -> list[float]:
    return [round(float(hits[labels == label].mean()), 4) for label in np.unique(labels)]
