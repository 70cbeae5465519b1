"""Self-attention of BigGAN (Zhang et al. 2019)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.layers.spectral import SpectralConv
from cgn_tf.ops.spectral import EPSILON


@keras.saving.register_keras_serializable("cgn_tf")
class SelfAttention(keras.layers.Layer):
    """x + γ · o_conv(softmax(θ·φᵀ)·g): every pixel looks at a 2×2 max-pooled map. [B, H, W, C] → [B, H, W, C].

    The products are not scaled. θ and φ have C/8 channels, g has C/2.

    Args:
        channels: C, a multiple of 8.
        sigma_epsilon: see `SpectralConv`.
    """

    def __init__(self, channels: int, sigma_epsilon: float = EPSILON, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.sigma_epsilon = sigma_epsilon

        def conv(name: str, filters: int) -> SpectralConv:
            return SpectralConv(filters, 1, use_bias=False, sigma_epsilon=sigma_epsilon, name=name)

        self.theta, self.phi = conv("theta", channels // 8), conv("phi", channels // 8)
        self.g, self.o_conv = conv("g", channels // 2), conv("o_conv", channels)

    def build(self, input_shape: Any) -> None:
        for part in (self.theta, self.phi, self.g):
            part.build(input_shape)
        self.o_conv.build((*input_shape[:-1], self.channels // 2))
        self.gamma = self.add_weight(name="gamma", shape=(1,), initializer="zeros", autocast=False)
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        height, width = x.shape[1:3]

        def flat(y: Any) -> Any:
            return ops.reshape(y, (-1, y.shape[1] * y.shape[2], y.shape[3]))

        theta = flat(self.theta(x, training=training))
        phi, g = (flat(ops.max_pool(part(x, training=training), 2, 2)) for part in (self.phi, self.g))
        weights = ops.softmax(ops.matmul(theta, ops.transpose(phi, (0, 2, 1))), axis=-1)
        attended = ops.reshape(ops.matmul(weights, g), (-1, height, width, self.channels // 2))
        return x + ops.cast(self.gamma, x.dtype) * self.o_conv(attended, training=training)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "channels": self.channels,
            "sigma_epsilon": self.sigma_epsilon,
        }
