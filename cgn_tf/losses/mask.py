"""Losses on the mask of the shape mechanism."""

from __future__ import annotations

import math
from typing import Any

from keras import ops

_EMPTY = 0.02
"""Keeps the ratio of two empty masks finite."""


def binary_entropy(mask: Any) -> Any:
    """Mean entropy of the pixels in bits: 0 where decided, 1 at one half (Sauer & Geiger 2021, L_shape).

    Mask [B, H, W, 1] in (0, 1) → [B].
    """
    nats = -(mask * ops.log(mask) + (1.0 - mask) * ops.log(1.0 - mask))
    return ops.mean(nats, axis=(1, 2, 3)) / math.log(2.0)


def size(mask: Any, low: float = 0.1, high: float = 0.9) -> Any:
    """By how much the mean of the mask leaves [low, high] (Sauer & Geiger 2021, L_shape). [B, H, W, 1] → [B]."""
    # subtracted before the mean: the mean of small differences keeps the digits that a difference of means loses
    below = ops.mean(low - mask, axis=(1, 2, 3))
    above = ops.mean(mask - high, axis=(1, 2, 3))
    return ops.relu(below) + ops.relu(above)


def border(mask: Any, width: int = 4, dark: float = 0.01) -> Any:
    """Mean of what the mask has above `dark` on the frame of `width` pixels. [B, H, W, 1] → [B].

    The composition is symmetric: 1 − m with texture and background exchanged gives the same image. That objects do not
    fill the frame is what tells the two apart. Where the frame is dark nothing is left to gain: a steady pull there
    would, through the instance norm before the mask, lift the interior.
    """
    above = ops.relu(mask - dark)
    total = ops.sum(above, axis=(1, 2, 3))
    inside = ops.sum(above[:, width:-width, width:-width], axis=(1, 2, 3))
    rows, columns = mask.shape[1], mask.shape[2]
    return (total - inside) / (rows * columns - (rows - 2 * width) * (columns - 2 * width))


def diversity(mask: Any, target: float = 0.5) -> Any:
    """By how much two masks of one class and different noise differ too little: max(0, 1 − d/target).

    d is the mean absolute difference of the two over the mean of both; for real strokes of one digit it is 0.74 to
    1.04. After mode seeking (Mao et al. 2019), with an end: what differs enough is the critic's to judge.

    Args:
        mask: [B, H, W, 1], B even; masks 2i and 2i + 1 are of one class.
        target: of d.

    Returns:
        [B], the same for the two masks of a pair.
    """
    pairs = ops.reshape(mask, (-1, 2, *mask.shape[1:]))
    difference = ops.mean(ops.abs(pairs[:, 0] - pairs[:, 1]), axis=(1, 2, 3))
    # a constant: larger differences are wanted, not smaller masks
    size = ops.stop_gradient(ops.mean(pairs, axis=(1, 2, 3, 4)))
    return ops.repeat(ops.relu(1.0 - difference / (size + _EMPTY) / target), 2)
