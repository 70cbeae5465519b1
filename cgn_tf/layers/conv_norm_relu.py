"""The block that U²-Net is made of: REBNCONV of the reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm


class ConvReLU(keras.layers.Layer):
    """Conv 3×3 with bias → ReLU. [B, H, W, in] → [B, H, W, filters].

    Args:
        filters: output channels.
        dilation: distance between the taps of the convolution; zero padding keeps the size.
    """

    def __init__(self, filters: int, dilation: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.dilation = dilation

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            name="kernel", shape=(3, 3, input_shape[-1], self.filters), initializer="he_uniform", autocast=False
        )
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros", autocast=False)
        self.built = True

    def call(self, x: Any) -> Any:
        kernel, bias = (ops.cast(weight, x.dtype) for weight in self.kernel_and_bias())
        x = ops.conv(x, kernel, padding="same", dilation_rate=self.dilation)
        # ops.add, not +: this way TensorFlow fuses convolution, bias and ReLU into one kernel
        return ops.relu(ops.add(x, bias))

    def kernel_and_bias(self) -> tuple[Any, Any]:
        """Kernel and bias, float32, of the convolution."""
        return ops.convert_to_tensor(self.kernel), ops.convert_to_tensor(self.bias)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters, "dilation": self.dilation}


@keras.saving.register_keras_serializable("cgn_tf")
class ConvNormReLU(ConvReLU):
    """Conv 3×3 with bias → batch norm with the stored statistics → ReLU. [B, H, W, in] → [B, H, W, filters].

    Always inference: the network it belongs to is frozen by design, so there is no `training` argument. The image's
    gradient flows through. Arguments are those of `ConvReLU`.
    """

    def __init__(self, filters: int, dilation: int = 1, **kwargs: Any) -> None:
        super().__init__(filters, dilation, **kwargs)
        self.norm = BatchNorm(name="norm")

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.norm.build((*input_shape[:-1], self.filters))

    def kernel_and_bias(self) -> tuple[Any, Any]:
        """Kernel and bias, float32, of the convolution with the batch norm taken in."""
        return self.norm.taken_into(*super().kernel_and_bias())

    def inference_layer(self) -> ConvReLU:
        """See `Foldable`."""
        return ConvReLU(self.filters, self.dilation, name=self.name)

    def inference_values(self) -> Mapping[str, Any]:
        """See `Foldable`."""
        return dict(zip(("kernel", "bias"), self.kernel_and_bias(), strict=True))
