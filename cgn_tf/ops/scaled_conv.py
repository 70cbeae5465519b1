"""A convolution, and a scale and a shift of its channels, with as few multiplications as there can be."""

from __future__ import annotations

import math
from typing import Any, Literal

from keras import ops

from cgn_tf.ops.upsample import upsample_conv, upsample_conv_fused

Form = Literal["plain", "upsample", "fused"]
"""plain: zero padding; upsample: nearest ×2 in front of it (see `upsample_conv`); fused: the same with the kernel that
`fused_kernel` made."""


def scaled_conv(
    x: Any,
    kernel: Any,
    bias: Any = None,
    *,
    factor: Any = None,
    scale: Any = None,
    shift: Any = None,
    form: Form = "plain",
) -> Any:
    """`(factor · conv(x) + bias) · scale + shift`, where what is None is left out.

    Where one scale holds for all images and the kernel is smaller than the output, the kernel is scaled instead.

    Args:
        x: [B, H, W, in], in the precision to compute in.
        kernel: float32 [size, size, in, out]; for "fused" [4, 4, out, in].
        bias: float32 [out].
        factor: float32, a scalar.
        scale: float32 [B or 1, out], together with `shift`.
        shift: float32 [B or 1, out].
        form: how the convolution is computed.

    Returns:
        [B, H, W, out], or [B, 2H, 2W, out].
    """
    if scale is None:
        scale, shift = factor, bias
    else:
        shift = shift if bias is None else bias * scale + shift
        scale = scale if factor is None else scale * factor
    if scale is not None and scales_kernel(x, kernel, scale, form):
        if len(scale.shape) == 2:
            scale, shift = scale[0], shift[0]
            scale = scale[:, None] if form == "fused" else scale
        kernel, scale = kernel * scale, None
    y = _convolve(x, ops.cast(kernel, x.dtype), form)
    if scale is not None:
        y = y * _over_pixels(scale, x.dtype)
    return y if shift is None else y + _over_pixels(shift, x.dtype)


def scales_kernel(x: Any, kernel: Any, scale: Any, form: Form = "plain") -> bool:
    """Whether `scaled_conv` scales the kernel, which has no more numbers than the output, instead of the output."""
    if len(scale.shape) == 2 and scale.shape[0] != 1:
        return False
    batch, height, width, _ = x.shape
    if None in (batch, height, width):
        return False
    pixels = (1 if form == "plain" else 4) * math.prod((batch, height, width))
    return bool(math.prod(kernel.shape) <= pixels * kernel.shape[-2 if form == "fused" else -1])


def _convolve(x: Any, kernel: Any, form: Form) -> Any:
    if form == "plain":
        return ops.conv(x, kernel, padding="same")
    return (upsample_conv_fused if form == "fused" else upsample_conv)(x, kernel)


def _over_pixels(values: Any, dtype: Any) -> Any:
    """A scalar and [C] as they are, [B, C] as [B, 1, 1, C]."""
    values = ops.cast(values, dtype)
    return values[:, None, None] if len(values.shape) == 2 else values
