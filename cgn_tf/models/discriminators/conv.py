"""The convolutional discriminator of the paper's digit experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.models.contract import DiscriminatorPart, DiscriminatorRequest, DropoutMask
from cgn_tf.models.discriminators.width import WidthOptions
from cgn_tf.models.network import Network


@keras.saving.register_keras_serializable("cgn_tf")
class ConvDiscriminator(Network):
    """Image with its label as a fourth channel → four convolutions without padding → 3×3 average → score.

    413,642 parameters with the defaults. Images of 32×32 give one score; of larger ones, at least 64×64, it is the mean
    of those of their parts.

    Args:
        num_classes: number of labels.
        channels: of the first convolution; the others have 2, 4 and 4 times as many.
    """

    random_inputs: ClassVar[Mapping[str, DropoutMask]] = {}

    def __init__(self, num_classes: int = 10, channels: int = 32, **kwargs: Any) -> None:
        super().__init__(**{"name": "discriminator", **kwargs})
        self.num_classes = num_classes
        self.channels = channels
        self.label_embedding = keras.layers.Embedding(
            num_classes, 1, embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0), name="label_embedding"
        )
        shapes = [(1, 3, 1), (2, 3, 1), (4, 4, 2), (4, 4, 2)]  # width factor, kernel, stride
        self.convs = [
            keras.layers.Conv2D(
                factor * channels,
                size,
                stride,
                use_bias=False,
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
                name=f"conv{i}",
            )
            for i, (factor, size, stride) in enumerate(shapes)
        ]
        self.norms = [
            BatchNorm(keras.initializers.RandomNormal(1.0, 0.02), name=f"norm{i}") for i in range(len(shapes))
        ]
        self.score = keras.layers.Conv2D(
            1, 1, use_bias=False, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02), name="score"
        )

    def build(self, images_shape: Any, labels_shape: Any = None) -> None:
        self.convs[0].build((*images_shape[:3], images_shape[3] + 1))
        self.built = True

    def call(self, images: Any, labels: Any, training: bool = False) -> Any:
        """Images [B, H, W, 3] and labels [B] → scores [B]."""
        x = self._first(images, self.label_embedding(labels))
        x = ops.leaky_relu(self.norms[0](x, training=training), 0.2)
        for conv, norm in zip(self.convs[1:], self.norms[1:], strict=True):
            x = ops.leaky_relu(norm(conv(x), training=training), 0.2)
        x = ops.average_pool(x, 3, 3)
        return ops.mean(self.score(x), axis=(1, 2, 3))

    def _first(self, images: Any, embedded: Any) -> Any:
        """The first convolution of the images with the label, embedded [B, 1], as a constant last channel.

        Without padding such a channel adds the same to every pixel, so that its gradient needs no convolution.
        """
        kernel = ops.convert_to_tensor(self.convs[0].kernel)
        label_kernel = ops.sum(kernel[:, :, -1], axis=(0, 1))
        return ops.conv(images, kernel[:, :, :-1]) + (embedded * label_kernel)[:, None, None]

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "num_classes": self.num_classes,
            "channels": self.channels,
        }


def _make(options: WidthOptions, request: DiscriminatorRequest) -> ConvDiscriminator:
    return ConvDiscriminator(request.num_classes, options.discriminator_width or 32)


CONV = DiscriminatorPart(
    "conv", "Convolutional with batch norm, as in the paper.", WidthOptions, _make, has_batch_norm=True
)
