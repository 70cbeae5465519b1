"""The residual block of BigGAN-deep (Brock et al. 2019, figure 16)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from cgn_tf.layers.conditional_norm import ConditionalNorm
from cgn_tf.layers.spectral import SpectralConv
from cgn_tf.ops.spectral import EPSILON
from cgn_tf.ops.upsample import add_upsampled


@keras.saving.register_keras_serializable("cgn_tf")
class GenBlock(keras.layers.Layer):
    """norm-ReLU in front of each of four convolutions, 1×1, 3×3, 3×3, 1×1, through a quarter of the channels.

    [B, H, W, in] → [B, H, W, out], or twice the size with `upsample`: nearest ×2 in front of the first 3×3. The
    skip connection keeps the first `out` channels.

    Args:
        in_channels: a multiple of 4.
        out_channels: at most `in_channels`.
        upsample: whether the block enlarges.
        sigma_epsilon: see `SpectralConv`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        upsample: bool = False,
        sigma_epsilon: float = EPSILON,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**kwargs, "autocast": False})  # see `ConditionalNorm`
        if out_channels > in_channels:
            raise ValueError(f"out_channels: expected at most in_channels ({in_channels}), got {out_channels}.")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.upsample = upsample
        self.sigma_epsilon = sigma_epsilon
        middle = in_channels // 4
        self.norms = [
            ConditionalNorm(channels, sigma_epsilon, name=f"norm{i}")
            for i, channels in enumerate((in_channels, middle, middle, middle))
        ]
        kinds = ((middle, 1, False), (middle, 3, upsample), (middle, 3, False), (out_channels, 1, False))
        self.convs = [
            SpectralConv(filters, size, upsample=enlarges, sigma_epsilon=sigma_epsilon, name=f"conv{i}")
            for i, (filters, size, enlarges) in enumerate(kinds)
        ]

    def build(self, input_shape: Any, condition_shape: Any) -> None:
        for norm in self.norms:
            norm.build(condition_shape)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            conv.build((None, None, None, norm.channels))
        self.built = True

    def call(self, x: Any, scales: Sequence[tuple[Any, Any]], training: bool = False) -> Any:
        """Images [B, H, W, in], and scale and shift of each of `norms`, float32 [B, C] (see `scales_and_shifts`)."""
        scale, shift = (ops.cast(part, x.dtype)[:, None, None] for part in scales[0])
        h = ops.relu(x * scale + shift)
        for conv, (scale, shift) in zip(self.convs, scales[1:], strict=False):
            h = ops.relu(conv(h, scale, shift, training=training))
        h = self.convs[-1](h, training=training)
        skip = x[..., : self.out_channels]
        return add_upsampled(h, skip) if self.upsample else h + skip

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "in_channels": self.in_channels,
            "out_channels": self.out_channels,
            "upsample": self.upsample,
            "sigma_epsilon": self.sigma_epsilon,
        }
