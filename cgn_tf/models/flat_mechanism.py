"""A mechanism whose textures are single colours."""

from __future__ import annotations

from typing import Any, Self

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm


@keras.saving.register_keras_serializable("cgn_tf")
class FlatMechanism(keras.Model):
    """Maps noise and an embedded label to one colour, that of every pixel.

    concat(noise, embedding) → Dense `hidden`, leaky ReLU → Dense `output_channels` → batch norm → tanh. Not in the CGN
    paper: for data whose textures are colours. A `ConvMechanism` has to learn that every pixel is alike, comes as close
    as the critic looks, and may hide in its textures what is the mask's.

    2,947 trainable parameters with 32 + 10 inputs and the defaults.

    Args:
        image_size: height and width of the output.
        output_channels: of the colour.
        hidden: units of the hidden layer.
        folded: the batch norm is taken in by the layer before it, ready to generate (see `folded_copy`); not to be
            trained.
    """

    def __init__(
        self, image_size: int = 32, output_channels: int = 3, hidden: int = 64, folded: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.image_size = image_size
        self.output_channels = output_channels
        self.hidden = hidden
        self.folded = folded
        self.dense = keras.layers.Dense(hidden, kernel_initializer="he_normal", name="dense")
        self.to_colour = keras.layers.Dense(output_channels, kernel_initializer="he_normal", name="colour")
        if not folded:
            self.norm = BatchNorm(name="norm")

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        """Creates every variable, without a call."""
        self.dense.build((None, noise_shape[-1] + condition_shape[-1]))
        self.to_colour.build((None, self.hidden))
        if not self.folded:
            self.norm.build((None, 1, 1, self.output_channels))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        """Noise [B, d] and embedded labels [B, e] → [B, H, W, output_channels] in (-1, 1)."""
        x = ops.leaky_relu(self.dense(ops.concatenate([noise, condition], axis=-1)), 0.2)
        if training:
            x = self.norm(self.to_colour(x)[:, None, None], training=True)
        else:
            kernel, bias = (ops.cast(part, x.dtype) for part in self._inference())
            x = (ops.matmul(x, kernel) + bias)[:, None, None]
        return ops.tile(ops.tanh(x), (1, self.image_size, self.image_size, 1))

    def _inference(self) -> tuple[Any, Any]:
        """Kernel and bias, float32, of the colour's layer with the batch norm taken in."""
        kernel, bias = (ops.cast(weight, "float32") for weight in (self.to_colour.kernel, self.to_colour.bias))
        return (kernel, bias) if self.folded else self.norm.taken_into(kernel, bias)

    def folded_copy(self) -> Self:
        """The same mechanism with the batch norm taken into the layer before it; itself, where it is folded."""
        if self.folded:
            return self
        folded = type(self).from_config({**self.get_config(), "folded": True})
        folded.build((None, self.dense.kernel.shape[0]), (None, 0))
        folded.dense.set_weights(self.dense.get_weights())
        for variable, value in zip(folded.to_colour.weights, self._inference(), strict=True):
            variable.assign(value)
        folded.trainable = False
        return folded

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "image_size": self.image_size,
            "output_channels": self.output_channels,
            "hidden": self.hidden,
            "folded": self.folded,
        }
