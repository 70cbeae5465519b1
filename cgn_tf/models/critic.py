"""The critics of the digit CGN: class-conditional discriminators without a final activation."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm


@keras.saving.register_keras_serializable("cgn_tf")
class LinearCritic(keras.Model):
    """Flat image with its embedded label → Dense, leaky ReLU; twice Dense, dropout, leaky ReLU; Dense 1.

    2,104,421 parameters with the defaults at 32×32×3.

    Args:
        num_classes: also the embedding's width.
        width: units of the hidden layers.
    """

    dropout_rate = 0.4
    dropout_layers = 2

    def __init__(self, num_classes: int = 10, width: int = 512, **kwargs: Any) -> None:
        super().__init__(**{"name": "critic", **kwargs})
        self.num_classes = num_classes
        self.width = width
        self.label_embedding = keras.layers.Embedding(
            num_classes,
            num_classes,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="label_embedding",
        )
        self.hidden = [keras.layers.Dense(width, name=f"dense{i}") for i in range(1 + self.dropout_layers)]
        self.score = keras.layers.Dense(1, name="score")

    def call(self, images: Any, labels: Any, keep: Any = None, training: bool = False) -> Any:
        """Images [B, H, W, 3] and labels [B] → scores [B].

        `keep`: the dropout masks [B, 2, width], 1 for a unit that is kept and 0 for a dropped one (inverted dropout);
        None: no dropout. They come from outside so that a step is a function of its inputs.
        """
        flat = ops.reshape(images, (-1, images.shape[1] * images.shape[2] * images.shape[3]))
        x = ops.concatenate([flat, self.label_embedding(labels)], axis=-1)
        x = ops.leaky_relu(self.hidden[0](x), 0.2)
        for i, dense in enumerate(self.hidden[1:]):
            x = dense(x)
            if keep is not None:
                x = x * ops.cast(keep[:, i], x.dtype) / (1.0 - self.dropout_rate)
            x = ops.leaky_relu(x, 0.2)
        return self.score(x)[:, 0]

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "num_classes": self.num_classes, "width": self.width}


@keras.saving.register_keras_serializable("cgn_tf")
class ConvCritic(keras.Model):
    """Image with its label as a fourth channel → four convolutions without padding → 3×3 average → score.

    413,642 parameters with the defaults; the input is 32×32.

    Args:
        num_classes: number of labels.
        channels: of the first convolution; the others have 2, 4 and 4 times as many.
    """

    dropout_layers = 0

    def __init__(self, num_classes: int = 10, channels: int = 32, **kwargs: Any) -> None:
        super().__init__(**{"name": "critic", **kwargs})
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

    def call(self, images: Any, labels: Any, keep: Any = None, training: bool = False) -> Any:
        """Images [B, 32, 32, 3] and labels [B] → scores [B]. `keep` must be None: this critic has no dropout."""
        if keep is not None:
            raise ValueError("ConvCritic has no dropout: expected keep=None.")
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


@keras.saving.register_keras_serializable("cgn_tf")
class ProjectionCritic(keras.Model):
    """Three strided convolutions → features h; the score is w·h + b + e_label·h (Miyato & Koyama 2018, eq. 3).

    Not in the CGN paper: 5 million multiplications an image where `ConvCritic` takes 44, and a label has a direction
    of its own among the features instead of one input channel. The first convolution has no batch norm (Radford et al.
    2016).

    Args:
        num_classes: number of labels.
        channels: of the first convolution; doubled twice.
    """

    dropout_layers = 0

    def __init__(self, num_classes: int = 10, channels: int = 32, **kwargs: Any) -> None:
        super().__init__(**{"name": "critic", **kwargs})
        self.num_classes = num_classes
        self.channels = channels

        def start() -> keras.initializers.Initializer:
            return keras.initializers.RandomNormal(stddev=0.02)

        self.convs = [
            keras.layers.Conv2D(factor * channels, 4, 2, padding="same", kernel_initializer=start(), name=f"conv{i}")
            for i, factor in enumerate((1, 2, 4))
        ]
        self.norms = [BatchNorm(name=f"norm{i}") for i in (1, 2)]
        self.score = keras.layers.Dense(1, kernel_initializer=start(), name="score")
        self.label_embedding = keras.layers.Embedding(
            num_classes, 16 * 4 * channels, embeddings_initializer=start(), name="label_embedding"
        )

    def call(self, images: Any, labels: Any, keep: Any = None, training: bool = False) -> Any:
        """Images [B, 32, 32, 3] and labels [B] → scores [B]. `keep` must be None: this critic has no dropout."""
        if keep is not None:
            raise ValueError("ProjectionCritic has no dropout: expected keep=None.")
        x = ops.leaky_relu(self.convs[0](images), 0.2)
        for conv, norm in zip(self.convs[1:], self.norms, strict=True):
            x = ops.leaky_relu(norm(conv(x), training=training), 0.2)
        features = ops.reshape(x, (-1, 16 * 4 * self.channels))
        return self.score(features)[:, 0] + ops.sum(self.label_embedding(labels) * features, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "num_classes": self.num_classes,
            "channels": self.channels,
        }
