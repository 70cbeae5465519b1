"""A mechanism with a hidden layer before its first map, for shapes or whole images that vary within a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.layers.upsample_block import UpsampleBlock
from cgn_tf.models.contract import MechanismPart, MechanismRequest, Premask
from cgn_tf.models.mechanisms.block_channels import block_channels
from cgn_tf.models.mechanisms.embedded_mechanism import EmbeddedMechanism


@keras.saving.register_keras_serializable("cgn_tf")
class DeepMechanism(EmbeddedMechanism):
    """Maps noise and an embedded label to a premask of logits or an image, from 8×8 up by a factor of two a block.

    concat(noise, embedding) → Dense `hidden`, batch norm, leaky ReLU → Dense → 8×8×base_channels, batch norm, leaky
    ReLU → upsampling blocks → conv 3×3 with bias, and with `output_channels` tanh. Not in the CGN paper: there the map
    at 8×8 is linear in the noise, and an instance norm ends the mechanism of shapes, whose output has mean 0 in every
    image, a batch norm the others, whose output has one variance whatever they draw. For a masker with a sigmoid, and
    for images that are mostly background.

    120,033 trainable parameters with 32 + 10 inputs and the defaults.

    Args:
        block_channels: output channels of each upsampling block; their number sets the size, 8·2^n.
        hidden: units of the hidden layer.
        base_channels: channels at 8×8.
        output_bias: the logits' bias at the start: below 0 the first masks are small, the first images dark.
        output_channels: channels of the image, or None for a premask.
    """

    base_size = 8
    is_shifted = True
    norms_taken_in: ClassVar = {"norm": "dense", "map_norm": "to_map"}

    def __init__(
        self,
        block_channels: Sequence[int] = (48, 24),
        hidden: int = 128,
        base_channels: int = 64,
        output_bias: float = -1.5,
        output_channels: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.block_channels = list(block_channels)
        self.hidden = hidden
        self.base_channels = base_channels
        self.output_bias = output_bias
        self.output_channels = output_channels
        self.dense = keras.layers.Dense(hidden, kernel_initializer="he_normal", name="dense")
        self.to_map = keras.layers.Dense(self.base_size**2 * base_channels, kernel_initializer="he_normal", name="map")
        self.norm = BatchNorm(name="norm")
        self.map_norm = BatchNorm(name="map_norm")
        self.blocks = [
            UpsampleBlock(channels, keras.initializers.HeNormal(), name=f"block{i}")
            for i, channels in enumerate(self.block_channels)
        ]
        self.to_logits = keras.layers.Conv2D(
            output_channels or 1,
            3,
            padding="same",
            kernel_initializer="he_normal",
            bias_initializer=keras.initializers.Constant(output_bias),
            name="logits",
        )

    @property
    def image_size(self) -> int:
        """Height and width of the output."""
        return self.base_size * 2 ** len(self.blocks)

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        """Creates every variable, without a call."""
        self.dense.build((None, noise_shape[-1] + condition_shape[-1]))
        self.to_map.build((None, self.hidden))
        channels = self.base_channels
        self.norm.build((None, 1, 1, self.hidden))
        self.map_norm.build((None, self.base_size, self.base_size, channels))
        for block in self.blocks:
            block.build((None, None, None, channels))
            channels = block.filters
        self.to_logits.build((None, None, None, channels))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        """Noise [B, d] and embedded labels [B, e] → logits [B, H, W, 1], or an image, [B, H, W, C] in (-1, 1)."""
        x = ops.concatenate([noise, condition], axis=-1)
        if training:
            x = ops.leaky_relu(self.norm(self.dense(x)[:, None, None], training=True)[:, 0, 0], 0.2)
            x = self.map_norm(self._as_map(self.to_map(x)), training=True)
        else:  # the same to the last bit, folded or not
            x = ops.leaky_relu(_normalised(x, self.dense, self.norm), 0.2)
            x = self._as_map(_normalised(x, self.to_map, self.map_norm))
        x = ops.leaky_relu(x, 0.2)
        for block in self.blocks:
            x = block(x, training=training)
        x = self.to_logits(x)
        return x if self.output_channels is None else ops.tanh(x)

    def _as_map(self, x: Any) -> Any:
        return ops.reshape(x, (-1, self.base_size, self.base_size, self.base_channels))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "block_channels": self.block_channels,
            "hidden": self.hidden,
            "base_channels": self.base_channels,
            "output_bias": self.output_bias,
            "output_channels": self.output_channels,
        }


def _normalised(x: Any, dense: keras.layers.Dense, norm: Any) -> Any:
    """The dense layer with the batch norm behind it taken in."""
    kernel, bias = norm.taken_into(*(ops.cast(weight, "float32") for weight in (dense.kernel, dense.bias)))
    return ops.matmul(x, ops.cast(kernel, x.dtype)) + ops.cast(bias, x.dtype)


@dataclass(frozen=True)
class DeepOptions:
    """Mechanism deep: convolutional with a hidden layer, and without a norm at the end."""


def _make(options: DeepOptions, request: MechanismRequest) -> DeepMechanism:
    channels = block_channels(request, 48, DeepMechanism.base_size)
    return DeepMechanism(channels, output_channels=None if request.factor == "shape" else 3, name=request.factor)


DEEP = MechanismPart(
    "deep",
    "With a hidden layer and no norm at the end: for logits of a mask, and for a GAN that draws whole images.",
    DeepOptions,
    _make,
    premask=Premask.LOGITS,
    has_batch_norm=True,
)
