"""Nearest ×2 upsampling followed by a 3×3 convolution, computed as one strided transposed convolution."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

_FLIPPED_BOX_1D = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]], np.float32)
_FLIPPED_BOX = np.kron(_FLIPPED_BOX_1D, _FLIPPED_BOX_1D)
"""[16, 9]: what flips a kernel and convolves it with a 2×2 box, as one product."""


def fused_kernel(kernel: Any) -> Any:
    """The 4×4 kernel of the transposed convolution: the flipped 3×3 kernel convolved with a 2×2 box.

    Args:
        kernel: [3, 3, in, out].

    Returns:
        [4, 4, out, in], the layout of `keras.ops.conv_transpose`.
    """
    channels = kernel.shape[2:]
    box = ops.cast(_FLIPPED_BOX, kernel.dtype)
    taps = ops.matmul(box, ops.reshape(kernel, (9, channels[0] * channels[1])))
    return ops.transpose(ops.reshape(taps, (4, 4, *channels)), (0, 1, 3, 2))


def upsample_conv(x: Any, kernel: Any) -> Any:
    """`conv3×3(upsample_nearest×2(x))` with zero padding, at 4/9 of the multiplications; equal to rounding (1e-6).

    Args:
        x: [B, H, W, in].
        kernel: [3, 3, in, out].

    Returns:
        [B, 2H, 2W, out].
    """
    return upsample_conv_fused(x, fused_kernel(kernel))


def upsample_conv_fused(x: Any, kernel: Any) -> Any:
    """`upsample_conv` with what `fused_kernel` made: [B, H, W, in] and [4, 4, out, in] → [B, 2H, 2W, out]."""
    return ops.conv_transpose(x, kernel, strides=2, padding="same")


def add_upsampled(x: Any, small: Any) -> Any:
    """`x + upsample_nearest×2(small)` without the enlarged image in memory.

    Args:
        x: [B, 2H, 2W, C].
        small: [B, H, W, C].

    Returns:
        [B, 2H, 2W, C].
    """
    height, width, channels = small.shape[1:]
    blocks = ops.reshape(x, (-1, height, 2, width, 2, channels)) + small[:, :, None, :, None]
    return ops.reshape(blocks, (-1, 2 * height, 2 * width, channels))
