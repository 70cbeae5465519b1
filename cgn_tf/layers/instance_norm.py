"""Instance normalisation without learned parameters."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.ops.rsqrt import rsqrt


@keras.saving.register_keras_serializable("cgn_tf")
class InstanceNorm(keras.layers.Layer):
    """Normalises each channel of each image over its pixels: (x − mean) / √(variance + ε).

    Equals PyTorch's `InstanceNorm2d(affine=False)` (biased variance). [B, H, W, C] → [B, H, W, C].
    """

    def __init__(self, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, x: Any) -> Any:
        wide = ops.cast(x, "float32")
        for _ in range(2):  # the second time takes away what the rounded mean of the first has left
            wide = wide - ops.mean(wide, axis=(1, 2), keepdims=True)
        variance = ops.mean(ops.square(wide), axis=(1, 2), keepdims=True)
        return ops.cast(wide * rsqrt(variance + self.epsilon), x.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}
