"""A mechanism with a hidden layer before its first map, for shapes that vary within a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.layers.upsample_block import UpsampleBlock


@keras.saving.register_keras_serializable("cgn_tf")
class DeepMechanism(keras.Model):
    """Maps noise and an embedded label to a premask of logits, from 8×8 up by a factor of two a block.

    concat(noise, embedding) → Dense `hidden`, batch norm, leaky ReLU → Dense → 8×8×base_channels, batch norm, leaky
    ReLU → upsampling blocks → conv 3×3 with bias. Not in the CGN paper: there the map at 8×8 is linear in the noise,
    and an instance norm ends the mechanism, whose output has mean 0 in every image. For a masker with a sigmoid.

    120,033 trainable parameters with 32 + 10 inputs and the defaults.

    Args:
        block_channels: output channels of each upsampling block; their number sets the size, 8·2^n.
        hidden: units of the hidden layer.
        base_channels: channels at 8×8.
        output_bias: the logits' bias at the start: below 0 the first masks are small.
    """

    base_size = 8

    def __init__(
        self,
        block_channels: Sequence[int] = (48, 24),
        hidden: int = 128,
        base_channels: int = 64,
        output_bias: float = -1.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.block_channels = list(block_channels)
        self.hidden = hidden
        self.base_channels = base_channels
        self.output_bias = output_bias
        self.dense = keras.layers.Dense(hidden, kernel_initializer="he_normal", name="dense")
        self.norm = BatchNorm(name="norm")
        self.to_map = keras.layers.Dense(self.base_size**2 * base_channels, kernel_initializer="he_normal", name="map")
        self.map_norm = BatchNorm(name="map_norm")
        self.blocks = [
            UpsampleBlock(channels, keras.initializers.HeNormal(), name=f"block{i}")
            for i, channels in enumerate(self.block_channels)
        ]
        self.to_logits = keras.layers.Conv2D(
            1,
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
        self.norm.build((None, 1, 1, self.hidden))
        self.to_map.build((None, self.hidden))
        channels = self.base_channels
        self.map_norm.build((None, self.base_size, self.base_size, channels))
        for block in self.blocks:
            block.build((None, None, None, channels))
            channels = block.filters
        self.to_logits.build((None, None, None, channels))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        """Noise [B, d] and embedded labels [B, e] → logits [B, H, W, 1]."""
        x = self.dense(ops.concatenate([noise, condition], axis=-1))[:, None, None]
        x = ops.leaky_relu(self.norm(x, training=training), 0.2)[:, 0, 0]
        x = ops.reshape(self.to_map(x), (-1, self.base_size, self.base_size, self.base_channels))
        x = ops.leaky_relu(self.map_norm(x, training=training), 0.2)
        for block in self.blocks:
            x = block(x, training=training)
        return self.to_logits(x)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "block_channels": self.block_channels,
            "hidden": self.hidden,
            "base_channels": self.base_channels,
            "output_bias": self.output_bias,
        }
