"""A mechanism whose textures are single colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.models.contract import MechanismPart, MechanismRequest
from cgn_tf.models.mechanisms.embedded_mechanism import EmbeddedMechanism


@keras.saving.register_keras_serializable("cgn_tf")
class ConstantColourMechanism(EmbeddedMechanism):
    """Maps noise and an embedded label to one colour, that of every pixel.

    concat(noise, embedding) → Dense `hidden`, leaky ReLU → Dense `output_channels` → batch norm → tanh. Not in the CGN
    paper: for data whose textures are colours. A `ConvMechanism` has to learn that every pixel is alike, comes as close
    as the discriminator looks, and may hide in its textures what is the mask's.

    2,947 trainable parameters with 32 + 10 inputs and the defaults.

    Args:
        image_size: height and width of the output.
        output_channels: of the colour.
        hidden: units of the hidden layer.
    """

    norms_taken_in: ClassVar = {"norm": "to_colour"}

    def __init__(self, image_size: int = 32, output_channels: int = 3, hidden: int = 64, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.image_size = image_size
        self.output_channels = output_channels
        self.hidden = hidden
        self.dense = keras.layers.Dense(hidden, kernel_initializer="he_normal", name="dense")
        self.to_colour = keras.layers.Dense(output_channels, kernel_initializer="he_normal", name="colour")
        self.norm = BatchNorm(name="norm")

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        """Creates every variable, without a call."""
        self.dense.build((None, noise_shape[-1] + condition_shape[-1]))
        self.to_colour.build((None, self.hidden))
        self.norm.build((None, 1, 1, self.output_channels))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        """Noise [B, d] and embedded labels [B, e] → [B, H, W, output_channels] in (-1, 1)."""
        x = ops.leaky_relu(self.dense(ops.concatenate([noise, condition], axis=-1)), 0.2)
        if training:
            x = self.norm(self.to_colour(x)[:, None, None], training=True)
        else:
            weights = (ops.cast(weight, "float32") for weight in (self.to_colour.kernel, self.to_colour.bias))
            kernel, bias = (ops.cast(part, x.dtype) for part in self.norm.taken_into(*weights))
            x = (ops.matmul(x, kernel) + bias)[:, None, None]
        return ops.tile(ops.tanh(x), (1, self.image_size, self.image_size, 1))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "image_size": self.image_size,
            "output_channels": self.output_channels,
            "hidden": self.hidden,
        }


@dataclass(frozen=True)
class ConstantColourOptions:
    """Mechanism constant_colour: one colour an image."""


def _make(options: ConstantColourOptions, request: MechanismRequest) -> ConstantColourMechanism:
    return ConstantColourMechanism(request.image_size or 32, name=request.factor)


CONSTANT_COLOUR = MechanismPart(
    "constant_colour",
    "One colour an image, for data like those of colored and double-colored MNIST.",
    ConstantColourOptions,
    _make,
    draws_whole_images=False,
    has_batch_norm=True,
)
