"""Losses on the mask of the shape mechanism."""

from __future__ import annotations

import math
from typing import Any

from keras import ops


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
