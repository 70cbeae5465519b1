"""A projection discriminator with batch norm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.models.contract import DiscriminatorPart, DiscriminatorRequest, DropoutMask
from cgn_tf.models.discriminators.width import WidthOptions
from cgn_tf.models.network import Network

_REDUCTION = 8
"""How many times smaller the map of features is: three strides of 2."""


@keras.saving.register_keras_serializable("cgn_tf")
class ProjectionDiscriminator(Network):
    """Three strided convolutions → features h; the score is w·h + b + e_label·h (Miyato & Koyama 2018, eq. 3).

    Not in the CGN paper: 5 million multiplications an image where `ConvDiscriminator` takes 44, and a label has a
    direction of its own among the features instead of one input channel. The first convolution has no batch norm
    (Radford et al. 2016).

    Args:
        num_classes: number of labels.
        channels: of the first convolution; doubled twice.
        image_size: height and width of the images, a multiple of 8.

    Raises:
        ValueError: another size.
    """

    random_inputs: ClassVar[Mapping[str, DropoutMask]] = {}

    def __init__(self, num_classes: int = 10, channels: int = 32, image_size: int = 32, **kwargs: Any) -> None:
        if image_size % _REDUCTION or image_size < _REDUCTION:
            raise ValueError(f"image_size: expected a multiple of {_REDUCTION} pixels, got {image_size}.")
        super().__init__(**{"name": "discriminator", **kwargs})
        self.num_classes = num_classes
        self.channels = channels
        self.image_size = image_size
        self._features = (image_size // _REDUCTION) ** 2 * 4 * channels

        def start() -> keras.initializers.Initializer:
            return keras.initializers.RandomNormal(stddev=0.02)

        self.convs = [
            keras.layers.Conv2D(factor * channels, 4, 2, padding="same", kernel_initializer=start(), name=f"conv{i}")
            for i, factor in enumerate((1, 2, 4))
        ]
        self.norms = [BatchNorm(name=f"norm{i}") for i in (1, 2)]
        self.score = keras.layers.Dense(1, kernel_initializer=start(), name="score")
        self.label_embedding = keras.layers.Embedding(
            num_classes, self._features, embeddings_initializer=start(), name="label_embedding"
        )

    def call(self, images: Any, labels: Any, training: bool = False) -> Any:
        """Images [B, H, W, 3] and labels [B] → scores [B]."""
        x = ops.leaky_relu(self.convs[0](images), 0.2)
        for conv, norm in zip(self.convs[1:], self.norms, strict=True):
            x = ops.leaky_relu(norm(conv(x), training=training), 0.2)
        features = ops.reshape(x, (-1, self._features))
        return self.score(features)[:, 0] + ops.sum(self.label_embedding(labels) * features, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "num_classes": self.num_classes,
            "channels": self.channels,
            "image_size": self.image_size,
        }


def _make(options: WidthOptions, request: DiscriminatorRequest) -> ProjectionDiscriminator:
    return ProjectionDiscriminator(request.num_classes, options.discriminator_width or 32, request.image_size)


PROJECTION = DiscriminatorPart(
    "projection",
    "Convolutional with batch norm; a label is a direction among the features.",
    WidthOptions,
    _make,
    has_batch_norm=True,
)
