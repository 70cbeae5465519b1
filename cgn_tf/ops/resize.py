"""Bilinear resizing under both conventions of where the corners lie."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from keras import ops


def resize_bilinear(x: Any, size: tuple[int, int], align_corners: bool) -> Any:
    """Bilinear resizing as PyTorch's `F.interpolate(mode="bilinear")`; the same size gives `x` itself.

    With aligned corners the centres of the corner pixels stay where they are: output i reads at i·(n − 1)/(m − 1).
    Otherwise the images' edges coincide: output i reads at (i + ½)·n/m − ½. Nothing is antialiased.

    Args:
        x: [B, H, W, C]; H and W are known when it is traced.
        size: (height, width) of the result.
        align_corners: which convention.

    Returns:
        [B, *size, C] in the type of `x`, deterministic in both directions.

    Raises:
        ValueError: H or W of `x` or a size is unknown, or a size is not positive.
    """
    _, height, width, channels = x.shape
    if None in (height, width, *size):
        raise ValueError(
            f"expected images [B, H, W, C] with known H and W, got {tuple(x.shape)} to resize to {tuple(size)}; "
            "trace with a fixed image size."
        )
    size = (int(size[0]), int(size[1]))
    if min(size) < 1:
        raise ValueError(f"expected a positive size, got {size}; give (height, width) in pixels.")
    if (height, width) == size:
        return x
    if not align_corners:
        return ops.image.resize(x, size, "bilinear", antialias=False, data_format="channels_last")
    if width != size[1]:
        x = ops.matmul(ops.cast(_aligned(width, size[1]), x.dtype), x)
    if height != size[0]:
        rows = ops.reshape(x, (-1, height, size[1] * channels))
        x = ops.reshape(ops.matmul(ops.cast(_aligned(height, size[0]), x.dtype), rows), (-1, *size, channels))
    return x


@functools.cache
def _aligned(inputs: int, outputs: int) -> np.ndarray:
    """[outputs, inputs]: each row holds the two weights of one output, which sum to one."""
    places = np.arange(outputs) * ((inputs - 1) / max(outputs - 1, 1))
    return np.maximum(0.0, 1.0 - np.abs(places[:, None] - np.arange(inputs))).astype(np.float32)
