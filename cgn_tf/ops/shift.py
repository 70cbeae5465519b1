"""The shuffler of the digit mechanisms: a circular shift, independent for each image."""

from __future__ import annotations

from typing import Any

from keras import ops


def circular_shift(images: Any, offsets: Any) -> Any:
    """Moves pixel (row + dy, column + dx), modulo the size, to (row, column).

    Equals the reference's shuffler: tile the image 2×2 and crop one tile's size at offset (dy, dx). Written as two
    products with permutation matrices, which is exact and, unlike a gather, has a deterministic gradient everywhere.

    Args:
        images: [B, H, W, C].
        offsets: int [B, 2], (dy, dx) in pixels; any integers.

    Returns:
        [B, H, W, C].
    """
    height, width = images.shape[1], images.shape[2]
    offsets = ops.cast(offsets, "int32")
    rows = ops.mod(ops.arange(height, dtype="int32")[None] + offsets[:, :1], height)
    columns = ops.mod(ops.arange(width, dtype="int32")[None] + offsets[:, 1:], width)
    pick_rows = ops.one_hot(rows, height, dtype=images.dtype)  # [B, H, H]
    pick_columns = ops.one_hot(columns, width, dtype=images.dtype)  # [B, W, W]
    channels = images.shape[3]
    moved = ops.matmul(pick_rows, ops.reshape(images, (-1, height, width * channels)))
    moved = ops.reshape(moved, (-1, height, width, channels))
    # [B, 1, W, W] · [B, H, W, C]
    return ops.matmul(pick_columns[:, None], moved)
