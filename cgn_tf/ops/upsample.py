"""Nearest ×2 upsampling followed by a 3×3 convolution, computed as one strided transposed convolution."""

from __future__ import annotations

from typing import Any

from keras import ops


def fused_kernel(kernel: Any) -> Any:
    """The 4×4 kernel of the transposed convolution: the flipped 3×3 kernel convolved with a 2×2 box.

    Args:
        kernel: [3, 3, in, out].

    Returns:
        [4, 4, out, in], the layout of `keras.ops.conv_transpose`.
    """
    flipped = ops.transpose(ops.flip(kernel, axis=(0, 1)), (0, 1, 3, 2))
    rows = ops.pad(flipped, ((0, 1), (0, 0), (0, 0), (0, 0))) + ops.pad(flipped, ((1, 0), (0, 0), (0, 0), (0, 0)))
    return ops.pad(rows, ((0, 0), (0, 1), (0, 0), (0, 0))) + ops.pad(rows, ((0, 0), (1, 0), (0, 0), (0, 0)))


def upsample_conv(x: Any, kernel: Any) -> Any:
    """`conv3×3(upsample_nearest×2(x))` with zero padding, at 4/9 of the multiplications; equal to rounding (1e-6).

    Args:
        x: [B, H, W, in].
        kernel: [3, 3, in, out].

    Returns:
        [B, 2H, 2W, out].
    """
    return ops.conv_transpose(x, fused_kernel(kernel), strides=2, padding="same")
