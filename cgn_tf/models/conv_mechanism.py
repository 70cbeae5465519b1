"""The small convolutional mechanisms of the digit CGN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.layers.instance_norm import InstanceNorm
from cgn_tf.layers.upsample_block import UpsampleBlock


@keras.saving.register_keras_serializable("cgn_tf")
class ConvMechanism(keras.Model):
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
        folded: convolutions have taken in their batch norms, ready to generate (see `folded_copy`); not to be trained.
    """

    base_size = 8

    def __init__(
        self,
        block_channels: Sequence[int],
        output_channels: int | None = None,
        base_channels: int = 64,
        kernel_initializer: Any = "glorot_uniform",
        gamma_initializer: Any = "ones",
        folded: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.block_channels = list(block_channels)
        self.output_channels = output_channels
        self.base_channels = base_channels
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.folded = folded

        def kernel() -> Any:  # one initializer object per kernel, so that no two kernels start equal
            return self.kernel_initializer.clone()

        self.dense = keras.layers.Dense(self.base_size**2 * base_channels, kernel_initializer=kernel(), name="dense")
        self.blocks = [
            UpsampleBlock(channels, kernel(), self.gamma_initializer.clone(), folded, name=f"block{i}")
            for i, channels in enumerate(self.block_channels)
        ]
        if output_channels is None:
            self.norms = [InstanceNorm(name=f"instance_norm{i}") for i in range(len(self.blocks) + 1)]
        else:
            self.to_image = keras.layers.Conv2D(
                output_channels, 3, padding="same", kernel_initializer=kernel(), name="to_image"
            )
            if not folded:
                self.image_norm = BatchNorm(self.gamma_initializer.clone(), name="image_norm")

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
            if not self.folded:
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
        if self.folded:
            return ops.tanh(self.to_image(x))
        return ops.tanh(self.image_norm(self.to_image(x), training=True) if training else self._inferred_image(x))

    def _inferred_image(self, x: Any) -> Any:
        """The last convolution with the batch norm after it taken in."""
        kernel, bias = (ops.cast(weight, x.dtype) for weight in self._image_kernel_and_bias())
        return ops.conv(x, kernel, padding="same") + bias

    def _image_kernel_and_bias(self) -> tuple[Any, Any]:
        weights = (ops.cast(weight, "float32") for weight in (self.to_image.kernel, self.to_image.bias))
        return self.image_norm.taken_into(*weights)

    def folded_copy(self) -> Self:
        """The same mechanism with each batch norm taken into its convolution; itself, where it is folded."""
        if self.folded:
            return self
        folded = type(self).from_config({**self.get_config(), "folded": True})
        folded.build((None, self.dense.kernel.shape[0]), (None, 0))
        folded.dense.set_weights(self.dense.get_weights())
        for own, source in zip(folded.blocks, self.blocks, strict=True):
            own.fold_from(source)
        if self.output_channels is not None:
            for variable, value in zip(folded.to_image.weights, self._image_kernel_and_bias(), strict=True):
                variable.assign(value)
        folded.trainable = False
        return folded

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "block_channels": self.block_channels,
            "output_channels": self.output_channels,
            "base_channels": self.base_channels,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
            "folded": self.folded,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ConvMechanism:
        # checkpoints of version 0.1 name it; now statistics are always those of the global batch
        return cls(**{name: value for name, value in config.items() if name != "synchronized"})
