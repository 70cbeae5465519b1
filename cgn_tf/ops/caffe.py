"""The input convention of networks trained in Caffe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops


def caffe_input(images: Any, mean: Sequence[float]) -> Any:
    """RGB in [-1, 1] → BGR in 0..255, minus a mean.

    Args:
        images: [B, H, W, 3].
        mean: of the training images, (blue, green, red).

    Returns:
        `(BGR + 1) · 127.5 − mean`, [B, H, W, 3].
    """
    offset = ops.convert_to_tensor([127.5 - value for value in mean], dtype="float32")
    return ops.flip(images, axis=-1) * 127.5 + offset
