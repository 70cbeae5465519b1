"""Resizing: as PyTorch does it, nearest, bilinear under both conventions of corners, bicubic; antialiased as Pillow."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from keras import ops


def resize_nearest(x: Any, size: int, axis: int = 1) -> Any:
    """Takes pixel (⌊i·H/size⌋, ⌊j·W/size⌋) for pixel (i, j), as PyTorch's `F.interpolate(mode="nearest")`.

    Args:
        x: an array in which the height is dimension `axis` and the width the next one.
        size: height and width of the result.
        axis: 1 of [B, H, W, ...], 0 of one image [H, W, C].

    Returns:
        `x` with `size` in place of height and width, in the same type.
    """
    for dimension in (axis, axis + 1):
        x = ops.take(x, ops.arange(size) * ops.shape(x)[dimension] // size, axis=dimension)
    return x


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
    size = _checked_size(x, size)
    height, width = x.shape[1:3]
    if (height, width) == size:
        return x
    if not align_corners:
        return ops.image.resize(x, size, "bilinear", antialias=False, data_format="channels_last")
    if width != size[1]:
        x = _along_width(x, _aligned(width, size[1]))
    if height != size[0]:
        x = _along_height(x, _aligned(height, size[0]))
    return x


def resize_antialiased(x: Any, size: tuple[int, int]) -> Any:
    """Bilinear resizing that averages where it makes smaller, as Pillow's; the same size gives `x` itself.

    The images' edges coincide. Along each axis output i is the weighted mean of the pixels around (i + ½)·n/m − ½ under
    a triangle that falls to 0 at the distance max(1, n/m); beyond the edges are no pixels. Enlarged images are those of
    `resize_bilinear` without aligned corners.

    Args:
        x: [B, H, W, C]; H and W are known when it is traced.
        size: (height, width) of the result.

    Returns:
        [B, *size, C] in the type of `x`, between the least and the greatest of its values, deterministic in both
        directions.

    Raises:
        ValueError: as `resize_bilinear`.
    """
    size = _checked_size(x, size)
    height, width = x.shape[1:3]
    if width != size[1]:
        x = _along_width(x, _triangle(width, size[1]))
    if height != size[0]:
        x = _along_height(x, _triangle(height, size[0]))
    return x


def resize_bicubic(x: Any, size: tuple[int, int], a: float = -0.75) -> Any:
    """Bicubic resizing as PyTorch's `F.interpolate(mode="bicubic", align_corners=False)`; the same size gives `x`.

    The images' edges coincide: output i reads at (i + ½)·n/m − ½, from the two pixels on either side of it, with the
    convolution kernel of Keys (1981). Beyond the edges its taps read the edge pixel again. Nothing is antialiased.
    Beside a sharp edge the result may leave the range of `x`.

    Args:
        x: [B, H, W, C]; H and W are known when it is traced.
        size: (height, width) of the result.
        a: slope of the kernel at distance 1: −0.75 in PyTorch and OpenCV, −0.5 in TensorFlow and Pillow.

    Returns:
        [B, *size, C] in the type of `x`, deterministic in both directions.

    Raises:
        ValueError: as `resize_bilinear`.
    """
    size = _checked_size(x, size)
    height, width = x.shape[1:3]
    if height > size[0]:  # first what makes the other product smaller
        x = _along_height(x, _cubic(height, size[0], a))
    if width != size[1]:
        x = _along_width(x, _cubic(width, size[1], a))
    if height < size[0]:
        x = _along_height(x, _cubic(height, size[0], a))
    return x


def _checked_size(x: Any, size: tuple[int, int]) -> tuple[int, int]:
    _, height, width, _ = x.shape
    if None in (height, width, *size):
        raise ValueError(
            f"expected images [B, H, W, C] with known H and W, got {tuple(x.shape)} to resize to {tuple(size)}; "
            "trace with a fixed image size."
        )
    size = (int(size[0]), int(size[1]))
    if min(size) < 1:
        raise ValueError(f"expected a positive size, got {size}; give (height, width) in pixels.")
    return size


def _along_width(x: Any, matrix: np.ndarray) -> Any:
    """[B, H, W, C] and [W', W] → [B, H, W', C]."""
    return ops.matmul(ops.cast(matrix, x.dtype), x)


def _along_height(x: Any, matrix: np.ndarray) -> Any:
    """[B, H, W, C] and [H', H] → [B, H', W, C]."""
    height, width, channels = x.shape[1:]
    rows = ops.reshape(x, (-1, height, width * channels))
    return ops.reshape(ops.matmul(ops.cast(matrix, x.dtype), rows), (-1, matrix.shape[0], width, channels))


@functools.cache
def _aligned(inputs: int, outputs: int) -> np.ndarray:
    """[outputs, inputs]: each row holds the two weights of one output, which sum to one."""
    places = np.arange(outputs) * ((inputs - 1) / max(outputs - 1, 1))
    return np.maximum(0.0, 1.0 - np.abs(places[:, None] - np.arange(inputs))).astype(np.float32)


@functools.cache
def _triangle(inputs: int, outputs: int) -> np.ndarray:
    """[outputs, inputs]: each row holds the weights of one output, which sum to one."""
    places = (np.arange(outputs) + 0.5) * (inputs / outputs) - 0.5
    distances = np.abs(places[:, None] - np.arange(inputs)) / max(1.0, inputs / outputs)
    weights = np.maximum(0.0, 1.0 - distances)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


@functools.cache
def _cubic(inputs: int, outputs: int, a: float) -> np.ndarray:
    """[outputs, inputs]: each row holds the four weights of one output, which sum to one; at an edge they coincide."""
    places = (np.arange(outputs) + 0.5) * (inputs / outputs) - 0.5
    taps = np.floor(places).astype(np.int64)[:, None] + np.arange(-1, 3)
    distances = np.abs(places[:, None] - taps)
    near = ((a + 2) * distances - (a + 3)) * distances**2 + 1
    far = a * (((distances - 5) * distances + 8) * distances - 4)
    matrix = np.zeros((outputs, inputs))
    rows = np.arange(outputs)[:, None]
    np.add.at(matrix, (rows, np.clip(taps, 0, inputs - 1)), np.where(distances <= 1, near, far))
    return matrix.astype(np.float32)
