"""The small convolutional mechanisms of the digit CGN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.layers.instance_norm import InstanceNorm
from cgn_tf.layers.upsample_block import UpsampleBlock
from cgn_tf.models.contract import MechanismPart, MechanismRequest, Premask
from cgn_tf.models.mechanisms.block_channels import block_channels
from cgn_tf.models.mechanisms.embedded_mechanism import EmbeddedMechanism
from cgn_tf.options.declaration import check_options, option


@keras.saving.register_keras_serializable("cgn_tf")
class ConvMechanism(EmbeddedMechanism):
    """Maps noise and an embedded label to an image or to a premask, from 8×8 up by a factor of two a block.

    concat(noise, embedding) → Dense → 8×8×base_channels → upsampling blocks, then
    - `output_channels` given (texture, background): conv 3×3 with bias → batch norm → tanh;
    - `output_channels` None (shape): an instance norm before each block and at the end; the last block's channels are
      the output, the premask.

    Published sizes (Sauer & Geiger 2021, appendix): texture `[64, 32]` and 3 output channels, 232,489 parameters;
    shape `[32, 1]`, 194,914 parameters.

    Args:
        block_channels: output channels of each upsampling block; their number sets the size, 8·2^n.
        output_channels: channels of the image, or None for a premask.
        base_channels: channels at 8×8.
        kernel_initializer: of Dense and convolution kernels.
        gamma_initializer: of the batch norms' scales.
    """

    base_size = 8
    is_shifted = True

    def __init__(
        self,
        block_channels: Sequence[int],
        output_channels: int | None = None,
        base_channels: int = 64,
        kernel_initializer: Any = "glorot_uniform",
        gamma_initializer: Any = "ones",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.block_channels = list(block_channels)
        self.output_channels = output_channels
        self.base_channels = base_channels
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

        def kernel() -> Any:  # one initializer object per kernel, so that no two kernels start equal
            return self.kernel_initializer.clone()

        self.dense = keras.layers.Dense(self.base_size**2 * base_channels, kernel_initializer=kernel(), name="dense")
        self.blocks = [
            UpsampleBlock(channels, kernel(), self.gamma_initializer.clone(), name=f"block{i}")
            for i, channels in enumerate(self.block_channels)
        ]
        if output_channels is None:
            self.norms = [InstanceNorm(name=f"instance_norm{i}") for i in range(len(self.blocks) + 1)]
        else:
            self.to_image = keras.layers.Conv2D(
                output_channels, 3, padding="same", kernel_initializer=kernel(), name="to_image"
            )
            self.image_norm = BatchNorm(self.gamma_initializer.clone(), name="image_norm")

    @property
    def norms_taken_in(self) -> Mapping[str, str]:
        """See `FoldsPairs`."""
        return {} if self.output_channels is None else {"image_norm": "to_image"}

    @property
    def image_size(self) -> int:
        """Height and width of the output."""
        return self.base_size * 2 ** len(self.blocks)

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        """Creates every variable, without a call."""
        self.dense.build((None, noise_shape[-1] + condition_shape[-1]))
        channels = self.base_channels
        for i, block in enumerate(self.blocks):
            if self.output_channels is None:
                self.norms[i].build((None, None, None, channels))
            block.build((None, None, None, channels))
            channels = block.filters
        if self.output_channels is None:
            self.norms[-1].build((None, None, None, channels))
        else:
            self.to_image.build((None, None, None, channels))
            self.image_norm.build((None, None, None, self.output_channels))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        """Noise [B, d] and embedded labels [B, e] → [B, H, W, output_channels or block_channels[-1]]."""
        x = self.dense(ops.concatenate([noise, condition], axis=-1))
        x = ops.reshape(x, (-1, self.base_size, self.base_size, self.base_channels))
        if self.output_channels is None:
            for norm, block in zip(self.norms, self.blocks, strict=False):
                x = block(norm(x), training=training)
            return self.norms[-1](x)
        for block in self.blocks:
            x = block(x, training=training)
        return ops.tanh(self.image_norm(self.to_image(x), training=True) if training else self._inferred_image(x))

    def _inferred_image(self, x: Any) -> Any:
        """The last convolution with the batch norm after it taken in."""
        weights = (ops.cast(weight, "float32") for weight in (self.to_image.kernel, self.to_image.bias))
        kernel, bias = (ops.cast(weight, x.dtype) for weight in self.image_norm.taken_into(*weights))
        return ops.conv(x, kernel, padding="same") + bias

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "block_channels": self.block_channels,
            "output_channels": self.output_channels,
            "base_channels": self.base_channels,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
        }


@dataclass(frozen=True)
class ConvOptions:
    """Mechanism conv: the small convolutional networks of the paper's digits."""

    init: str = option("orthogonal", "Start of Dense and convolution kernels.", choices=("orthogonal", "normal"))
    gain: float = option(0.1, "Gain of that start; batch norm scales start as N(1, gain).", above=0.0)
    texture_width: int = option(
        64, "Channels at 8x8 of texture and background mechanisms of conv; 64 as published.", minimum=2
    )

    def __post_init__(self) -> None:
        check_options(self)

    def kernel_initializer(self) -> keras.initializers.Initializer:
        """The start of Dense and convolution kernels: orthogonal with a gain, or N(0, gain)."""
        if self.init == "orthogonal":
            return keras.initializers.Orthogonal(self.gain)
        return keras.initializers.RandomNormal(stddev=self.gain)


def _make(options: ConvOptions, request: MechanismRequest) -> ConvMechanism:
    is_shape = request.factor == "shape"
    width = 64 if is_shape else options.texture_width
    channels = block_channels(request, 32 if is_shape else width, ConvMechanism.base_size)
    return ConvMechanism(
        [*channels[:-1], 1] if is_shape else channels,
        None if is_shape else 3,
        width,
        kernel_initializer=options.kernel_initializer(),
        gamma_initializer=keras.initializers.RandomNormal(1.0, options.gain),
        name=request.factor,
    )


CONV = MechanismPart(
    "conv",
    "Convolutional, as published for the digits.",
    ConvOptions,
    _make,
    premask=Premask.VALUES,
    has_batch_norm=True,
)
