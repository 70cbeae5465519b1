"""A CGN with BigGAN's interface whose images follow from its inputs by hand, for quick tests of what is around it.

Each image has one colour: red is the mean of the noise, green the label, blue the truncation.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.models.cgn import CGN
from cgn_tf.types import Triplet


class NumberEmbedding(keras.layers.Layer):
    """Labels [B] as numbers, [B, 1]."""

    def call(self, labels: Any) -> Any:
        return ops.cast(labels, "float32")[:, None]


class FlatMechanism(keras.Model):
    """Noise [B, d], labels [B] and a truncation → [B, S, S, 3], of one colour each."""

    noise_distribution = "truncated_normal"
    shares_noise = True
    takes_truncation = True
    is_shifted = False
    shares_trace = False
    can_recompute = False
    recomputes = False

    def __init__(self, num_classes: int = 10, noise_dim: int = 4, image_size: int = 8, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "autocast": False})
        self.num_classes = num_classes
        self.noise_dim = noise_dim
        self.image_size = image_size
        self.class_embedding = NumberEmbedding()

    def build(self, noise_shape: Any = None, labels_shape: Any = None) -> None:
        self.built = True

    def __call__(self, noise: Any, labels: Any, truncation: Any = 1.0, training: bool = False) -> Any:
        return super().__call__(noise, labels, ops.convert_to_tensor(truncation, "float32"), training=training)

    def call(self, noise: Any, labels: Any, truncation: Any, training: bool = False) -> Any:
        red = ops.mean(noise, axis=1)
        green = ops.cast(labels[:, 0] if len(labels.shape) == 2 else labels, "float32") / self.num_classes * 2 - 1
        blue = ops.cast(truncation, "float32") + ops.zeros_like(red)
        colours = ops.stack([red, green, blue], axis=-1)[:, None, None]
        return ops.tile(colours, (1, self.image_size, self.image_size, 1))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "num_classes": self.num_classes,
            "noise_dim": self.noise_dim,
            "image_size": self.image_size,
        }


class GreenMasker(keras.layers.Layer):
    """The share of the classes below the shape's label: label 2 of 10 gives a mask of 0.2."""

    def build(self, input_shape: Any = None) -> None:
        self.built = True

    def call(self, premask: Any) -> Any:
        return (premask[..., 1:2] + 1) / 2


def flat_cgn(num_classes: int = 10, noise_dim: int = 4, image_size: int = 8) -> CGN:
    mechanisms = Triplet(*(FlatMechanism(num_classes, noise_dim, image_size, name=name) for name in Triplet._fields))
    cgn = CGN.of(mechanisms, GreenMasker(name="masker"), num_classes=num_classes, noise_dim=noise_dim)
    cgn.build()
    return cgn
