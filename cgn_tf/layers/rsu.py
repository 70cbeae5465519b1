"""The residual U-block of U²-Net (Qin et al. 2020, arXiv 2005.09007, section 3.1)."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from cgn_tf.layers.conv_norm_relu import ConvNormReLU, ConvReLU
from cgn_tf.ops.resize import resize_bilinear


@keras.saving.register_keras_serializable("cgn_tf")
class RSU(keras.layers.Layer):
    """A small U-Net added to its own input layer. [B, H, W, in] → [B, H, W, out_channels], any H and W.

    `conv_in` (in → out) → `encode1` … `encodeN` → `decodeN−1` … `decode1` → plus `conv_in`. Each decoder reads
    concat(what is below, the encoder's map of its number). A 2×2 max-pool, sizes rounded up, stands between
    consecutive encoders except before the last, which is dilated by 2 instead; the decoders resize to the size of the
    encoder's map. The reference's names: RSU7 to RSU4 by depth, and RSU4F for the dilated form. Frozen by design, see
    `ConvNormReLU`.

    Args:
        depth: N, at least 2.
        mid_channels: inside.
        out_channels: of `conv_in`, `decode1` and the sum.
        dilated: no pools, but encoder and decoder i are dilated by 2^(i − 1).
        align_corners: of the resizing, see `resize_bilinear`.

    Raises:
        ValueError: a depth below 2.
    """

    convolution: ClassVar[type[ConvReLU]] = ConvNormReLU

    def __init__(
        self,
        depth: int,
        mid_channels: int,
        out_channels: int,
        dilated: bool = False,
        align_corners: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if depth < 2:
            raise ValueError(f"expected a depth of 2 or more, got {depth}; an RSU needs an encoder and a decoder.")
        self.depth = depth
        self.mid_channels = mid_channels
        self.out_channels = out_channels
        self.dilated = dilated
        self.align_corners = align_corners

        def conv(name: str, filters: int, dilation: int) -> ConvReLU:
            return self.convolution(filters, dilation, name=name)

        dilations = [2**i if dilated else 1 for i in range(depth)]
        self.conv_in = conv("conv_in", out_channels, 1)
        self.encoders = [
            conv(f"encode{i + 1}", mid_channels, 2 if i == depth - 1 and not dilated else dilations[i])
            for i in range(depth)
        ]
        self.decoders = [
            conv(f"decode{i + 1}", mid_channels if i else out_channels, dilations[i])
            for i in reversed(range(depth - 1))
        ]

    def build(self, input_shape: Any) -> None:
        place = (None, None, None)
        self.conv_in.build((*place, input_shape[-1]))
        for i, encoder in enumerate(self.encoders):
            encoder.build((*place, self.mid_channels if i else self.out_channels))
        for decoder in self.decoders:
            decoder.build((*place, 2 * self.mid_channels))
        self.built = True

    def call(self, x: Any) -> Any:
        residual = x = self.conv_in(x)
        skips = []
        for i, encoder in enumerate(self.encoders):
            if not self.dilated and 0 < i < self.depth - 1:
                x = ops.max_pool(x, 2, 2, padding="same")
            x = encoder(x)
            skips.append(x)
        x = skips.pop()
        for decoder in self.decoders:
            skip = skips.pop()
            x = resize_bilinear(x, skip.shape[1:3], self.align_corners)
            x = decoder(ops.concatenate([x, skip], axis=-1))
        return x + residual

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.out_channels)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth": self.depth,
            "mid_channels": self.mid_channels,
            "out_channels": self.out_channels,
            "dilated": self.dilated,
            "align_corners": self.align_corners,
        }


class NormFreeRSU(RSU):
    """The same without batch norms: its convolutions have taken them in."""

    convolution = ConvReLU
