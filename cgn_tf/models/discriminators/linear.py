"""The linear discriminator of the paper's digit experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from cgn_tf.models.contract import DiscriminatorPart, DiscriminatorRequest, DropoutMask
from cgn_tf.models.discriminators.width import WidthOptions
from cgn_tf.models.network import Network


@keras.saving.register_keras_serializable("cgn_tf")
class LinearDiscriminator(Network):
    """Flat image with its embedded label → Dense, leaky ReLU; twice Dense, dropout, leaky ReLU; Dense 1.

    2,104,421 parameters with the defaults at 32×32×3.

    Args:
        num_classes: also the embedding's width.
        width: units of the hidden layers.
    """

    dropout_rate = 0.4
    dropout_layers = 2

    def __init__(self, num_classes: int = 10, width: int = 512, **kwargs: Any) -> None:
        super().__init__(**{"name": "discriminator", **kwargs})
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

    @property
    def random_inputs(self) -> Mapping[str, DropoutMask]:
        """See `Discriminator`; they come from outside so that a step is a function of its inputs."""
        return {"dropout_mask": DropoutMask((self.dropout_layers, self.width), self.dropout_rate)}

    def call(self, images: Any, labels: Any, dropout_mask: Any = None, training: bool = False) -> Any:
        """Images [B, H, W, 3] and labels [B] → scores [B].

        `dropout_mask` [B, 2, width] is 1 for a unit that is kept and 0 for a dropped one (inverted dropout); None: no
        dropout.
        """
        flat = ops.reshape(images, (-1, images.shape[1] * images.shape[2] * images.shape[3]))
        x = ops.concatenate([flat, self.label_embedding(labels)], axis=-1)
        x = ops.leaky_relu(self.hidden[0](x), 0.2)
        for i, dense in enumerate(self.hidden[1:]):
            x = dense(x)
            if dropout_mask is not None:
                x = x * ops.cast(dropout_mask[:, i], x.dtype) / (1.0 - self.dropout_rate)
            x = ops.leaky_relu(x, 0.2)
        return self.score(x)[:, 0]

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "num_classes": self.num_classes, "width": self.width}


def _make(options: WidthOptions, request: DiscriminatorRequest) -> LinearDiscriminator:
    return LinearDiscriminator(request.num_classes, options.discriminator_width or 512)


LINEAR = DiscriminatorPart("linear", "Dense layers with dropout, as in the paper.", WidthOptions, _make)
