"""A discriminator without batch norm, whose steepness is bounded layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import keras
from keras import ops

from cgn_tf.models.contract import DiscriminatorPart, DiscriminatorRequest, DropoutMask
from cgn_tf.models.discriminators.width import WidthOptions
from cgn_tf.models.network import Network
from cgn_tf.ops.spectral import power_step

_EPSILON = 1e-12


@keras.saving.register_keras_serializable("cgn_tf")
class SpectralDiscriminator(Network):
    """Three strided convolutions → features h; the score is w·h + b + e_label·h, every kernel of spectral norm 1.

    Projection discriminator (Miyato & Koyama 2018, eq. 3) with spectral normalisation (Miyato et al. 2018, algorithm
    1): σ by one power step at every training forward pass, from the vector that the last one left. Not in the CGN
    paper.

    Args:
        num_classes: number of labels.
        channels: of the first convolution; doubled twice.
    """

    random_inputs: ClassVar[Mapping[str, DropoutMask]] = {}

    def __init__(self, num_classes: int = 10, channels: int = 32, **kwargs: Any) -> None:
        super().__init__(**{"name": "discriminator", **kwargs})
        self.num_classes = num_classes
        self.channels = channels

    def build(self, images_shape: Any, labels_shape: Any = None) -> None:
        channels, self.kernels, self.biases, self.vectors = images_shape[-1], [], [], []
        for i, factor in enumerate((1, 2, 4)):
            filters = factor * self.channels
            self.kernels.append(
                self.add_weight(name=f"kernel{i}", shape=(4, 4, channels, filters), initializer="orthogonal")
            )
            self.biases.append(self.add_weight(name=f"bias{i}", shape=(filters,), initializer="zeros"))
            self.vectors.append(self._vector(f"vector{i}", filters))
            channels = filters
        features = channels * (images_shape[1] // 8) * (images_shape[2] // 8)
        self.score = self.add_weight(name="score", shape=(features, 1), initializer="orthogonal")
        self.score_bias = self.add_weight(name="score_bias", shape=(1,), initializer="zeros")
        self.score_vector = self._vector("score_vector", 1)
        self.embedding = self.add_weight(
            name="embedding",
            shape=(self.num_classes, features),
            initializer=keras.initializers.RandomNormal(stddev=0.02),
        )
        self.embedding_vector = self._vector("embedding_vector", features)
        self.built = True

    def call(self, images: Any, labels: Any, training: bool = False) -> Any:
        """Images [B, H, W, 3] and labels [B] → scores [B]."""
        x = images
        for kernel, bias, vector in zip(self.kernels, self.biases, self.vectors, strict=True):
            x = ops.conv(x, self._normalised(kernel, vector, training), 2, "same")
            x = ops.leaky_relu(x + ops.convert_to_tensor(bias), 0.2)
        features = ops.reshape(x, (-1, self.score.shape[0]))
        score = ops.matmul(features, self._normalised(self.score, self.score_vector, training))[:, 0]
        embedding = self._normalised(self.embedding, self.embedding_vector, training)
        return score + ops.convert_to_tensor(self.score_bias) + ops.sum(ops.take(embedding, labels, 0) * features, -1)

    def _vector(self, name: str, size: int) -> Any:
        # every replica takes the same step: it depends on the kernel alone
        return self.add_weight(
            name=name, shape=(1, size), initializer="random_normal", trainable=False, aggregation="only_first_replica"
        )

    def _normalised(self, kernel: Any, vector: Any, training: bool) -> Any:
        kernel = ops.convert_to_tensor(kernel)
        sigma, moved = power_step(kernel, ops.convert_to_tensor(vector), _EPSILON)
        if training:
            vector.assign(moved)
        return kernel / sigma

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "num_classes": self.num_classes, "channels": self.channels}


def _make(options: WidthOptions, request: DiscriminatorRequest) -> SpectralDiscriminator:
    return SpectralDiscriminator(request.num_classes, options.discriminator_width or 32)


SPECTRAL = DiscriminatorPart("spectral", "The same with spectral instead of batch norm.", WidthOptions, _make)
