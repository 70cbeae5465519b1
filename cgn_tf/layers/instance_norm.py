"""Instance normalisation without learned parameters."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


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
        mean, variance = ops.moments(wide, axes=(1, 2), keepdims=True)
        return ops.cast((wide - mean) * ops.rsqrt(variance + self.epsilon), x.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}
