"""The upsampling block of the digit mechanisms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.ops.upsample import fused_kernel, upsample_conv, upsample_conv_fused


@keras.saving.register_keras_serializable("cgn_tf")
class UpsampleBlock(keras.layers.Layer):
    """Nearest ×2 → conv 3×3 without bias → batch norm → leaky ReLU 0.2.

    [B, H, W, in] → [B, 2H, 2W, filters]. In inference the batch norm is folded into the convolution.

    Args:
        filters: output channels.
        kernel_initializer: of the convolution, [3, 3, in, filters].
        gamma_initializer: of the batch norm's scale.
    """

    def __init__(
        self,
        filters: int,
        kernel_initializer: Any = "glorot_uniform",
        gamma_initializer: Any = "ones",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.norm = BatchNorm(self.gamma_initializer, name="norm")

    def build(self, input_shape: Any) -> None:
        batch, height, width, channels = input_shape
        self.built = True
        self.kernel = self.add_weight(
            name="kernel", shape=(3, 3, channels, self.filters), initializer=self.kernel_initializer
        )
        up = [None if size is None else 2 * size for size in (height, width)]
        self.norm.build((batch, *up, self.filters))

    def call(self, x: Any, training: bool = False) -> Any:
        kernel = ops.convert_to_tensor(self.kernel)
        if training:
            return ops.leaky_relu(self.norm(upsample_conv(x, kernel), training=True), 0.2)
        return _fused(x, *self._inference())

    def _inference(self) -> tuple[Any, Any]:
        """Kernel of the transposed convolution with the batch norm taken in, and bias."""
        scale, shift = self.norm.scale_and_shift()
        kernel = ops.convert_to_tensor(self.kernel)
        return fused_kernel(kernel * ops.cast(scale, kernel.dtype)), shift

    def inference_layer(self) -> FusedUpsampleBlock:
        """See `Foldable`."""
        return FusedUpsampleBlock(self.filters, name=self.name)

    def inference_values(self) -> Mapping[str, Any]:
        """See `Foldable`."""
        return dict(zip(("kernel", "bias"), self._inference(), strict=True))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        batch, height, width, _ = input_shape
        return (batch, *(None if size is None else 2 * size for size in (height, width)), self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
        }


class FusedUpsampleBlock(keras.layers.Layer):
    """What the block is in inference: a transposed convolution 4×4, strided, with a bias → leaky ReLU 0.2.

    Args:
        filters: output channels.
    """

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(name="kernel", shape=(4, 4, self.filters, input_shape[-1]), initializer="zeros")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        return _fused(x, ops.convert_to_tensor(self.kernel), ops.convert_to_tensor(self.bias))


def _fused(x: Any, kernel: Any, bias: Any) -> Any:
    y = upsample_conv_fused(x, kernel)
    return ops.leaky_relu(y + ops.cast(bias, y.dtype), 0.2)
