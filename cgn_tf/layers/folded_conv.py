"""The convolution of a network that is not trained any more."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.ops.scaled_conv import scaled_conv


class FoldedConv(keras.layers.Layer):
    """What a `SpectralConv` is in inference: a convolution whose kernel has been divided by σ.

    [B, H, W, in] → [B, H, W, filters], or twice the height and width with `upsample`. The variables are float32.

    Args:
        filters: output channels.
        size: height and width of the kernel.
        use_bias: whether there is a bias.
        upsample: nearest ×2 in front of the convolution; the kernel, [4, 4, filters, in], is that of the transposed
            convolution (see `fused_kernel`).
    """

    def __init__(self, filters: int, size: int, use_bias: bool, upsample: bool, **kwargs: Any) -> None:
        # without autocast, so that half precision does not round scale and shift
        super().__init__(**{**kwargs, "autocast": False})
        self.filters = filters
        self.size = size
        self.use_bias = use_bias
        self.upsample = upsample

    def build(self, input_shape: Any) -> None:
        channels, size = input_shape[-1], self.size
        shape = (4, 4, self.filters, channels) if self.upsample else (size, size, channels, self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="zeros", autocast=False)
        self.bias = (
            self.add_weight(name="bias", shape=(self.filters,), initializer="zeros", autocast=False)
            if self.use_bias
            else None
        )
        self.built = True

    def call(self, x: Any, scale: Any = None, shift: Any = None, training: bool = False) -> Any:
        """See `SpectralConv`; training makes no difference."""
        return scaled_conv(
            ops.cast(x, self.compute_dtype),
            ops.convert_to_tensor(self.kernel),
            None if self.bias is None else ops.convert_to_tensor(self.bias),
            scale=scale,
            shift=shift,
            form="fused" if self.upsample else "plain",
        )
