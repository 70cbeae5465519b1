"""The shuffler of the digit mechanisms: a circular shift, independent for each image."""

from __future__ import annotations

from typing import Any

from keras import ops


def circular_shift(images: Any, offsets: Any, size: int | None = None) -> Any:
    """Moves pixel (row + dy, column + dx), modulo the size, to (row, column).

    Equals the reference's shuffler: tile the image 2×2 and crop one tile's size at offset (dy, dx). Written as two
    products with matrices of zeros and ones, which is exact and, unlike a gather, has a deterministic gradient
    everywhere.

    Args:
        images: [B, H, W, C].
        offsets: int [B, 2], (dy, dx) in pixels; any integers.
        size: height and width of the part of the result from (0, 0) on that is wanted; None: all.

    Returns:
        [B, H, W, C], or [B, size, size, C].
    """
    height, width, channels = images.shape[1:]
    rows, columns = (height, width) if size is None else (size, size)
    offsets = ops.cast(offsets, "int32")
    moved = _cut(ops.reshape(images, (-1, height, width * channels)), offsets[:, 0], rows)
    # columns first, so that the second product is one of wide matrices, too
    turned = ops.transpose(ops.reshape(moved, (-1, rows, width, channels)), (0, 2, 1, 3))
    moved = _cut(ops.reshape(turned, (-1, width, rows * channels)), offsets[:, 1], columns)
    return ops.transpose(ops.reshape(moved, (-1, columns, rows, channels)), (0, 2, 1, 3))


def _cut(lines: Any, first: Any, count: int) -> Any:
    """From line `first` [B] on `count` of the lines [B, S, N], the first after the last: [B, count, N]."""
    total = lines.shape[1]
    chosen = ops.mod(first[:, None] + ops.arange(count, dtype="int32"), total)
    return ops.matmul(ops.one_hot(chosen, total, dtype=lines.dtype), lines)
