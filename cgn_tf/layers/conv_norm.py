"""The block that classifiers of photographs are made of: convolution without bias → batch norm → activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm

Padding = Literal["same", "valid", "symmetric"]
Activation = Literal["relu", "relu6"]

_ACTIVATIONS = {None: lambda x: x, "relu": ops.relu, "relu6": ops.relu6}


class ConvBias(keras.layers.Layer):
    """Convolution with bias → activation. [B, H, W, in] → [B, h, w, filters].

    Args:
        filters: output channels; None: a depthwise convolution, as many as come in.
        size: height and width of the kernel, an odd number or two.
        strides: of the convolution.
        padding: "same" as TensorFlow has it, where the excess of an even number of pixels is at the end; "valid": none;
            "symmetric" as PyTorch has it: half a kernel of zeros on every side.
        activation: "relu", "relu6", or None for none.
    """

    def __init__(
        self,
        filters: int | None,
        size: int | Sequence[int],
        strides: int = 1,
        padding: Padding = "same",
        activation: Activation | None = "relu",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.strides = strides
        self.padding = padding
        self.activation = activation

    def build(self, input_shape: Any) -> None:
        self._add_kernel(input_shape)
        self.bias = self.add_weight(
            name="bias", shape=(self.filters or input_shape[-1],), initializer="zeros", autocast=False
        )
        self.built = True

    def _add_kernel(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.size, input_shape[-1], self.filters or 1),
            initializer=keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal"),
            autocast=False,
        )

    def call(self, x: Any, training: bool = False) -> Any:
        """See the class; training makes no difference."""
        return self._activated(x, *self.kernel_and_bias())

    def kernel_and_bias(self) -> tuple[Any, Any]:
        """Kernel and bias, float32, of the convolution in inference."""
        return ops.convert_to_tensor(self.kernel), ops.convert_to_tensor(self.bias)

    def _activated(self, x: Any, kernel: Any, bias: Any) -> Any:
        kernel, bias = (ops.cast(weight, x.dtype) for weight in (kernel, bias))
        # ops.add, not +: this way TensorFlow fuses convolution, bias and ReLU into one kernel
        return _ACTIVATIONS[self.activation](ops.add(self._convolved(x, kernel), bias))

    def _convolved(self, x: Any, kernel: Any) -> Any:
        padding = self.padding
        if padding == "symmetric":
            if self.strides > 1:
                frame = [(side // 2, side // 2) for side in self.size]
                x = ops.pad(x, ((0, 0), *frame, (0, 0)))
            padding = "same" if self.strides == 1 else "valid"  # with stride 1 "same" is symmetric, too
        convolution = ops.depthwise_conv if self.filters is None else ops.conv
        return convolution(x, kernel, self.strides, padding)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Of the height and width alone that they are not known: whatever is built with it needs the channels."""
        return (input_shape[0], None, None, self.filters or input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "size": self.size,
            "strides": self.strides,
            "padding": self.padding,
            "activation": self.activation,
        }


@keras.saving.register_keras_serializable("cgn_tf")
class ConvNorm(ConvBias):
    """Convolution → batch norm → activation. [B, H, W, in] → [B, h, w, filters].

    Without training the norm uses its stored statistics and is taken into the kernel at each call, so that γ and β can
    be trained while the statistics stay what they are, at the price of a plain convolution.

    Args:
        epsilon: of the batch norm; all others are those of `ConvBias`.
    """

    def __init__(
        self,
        filters: int | None,
        size: int | Sequence[int],
        strides: int = 1,
        padding: Padding = "same",
        activation: Activation | None = "relu",
        epsilon: float = 1e-5,
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, size, strides, padding, activation, **kwargs)
        self.epsilon = epsilon
        self.norm = BatchNorm(epsilon=epsilon, name="norm")

    def build(self, input_shape: Any) -> None:
        self._add_kernel(input_shape)
        self.norm.build((None, None, None, self.filters or input_shape[-1]))
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        """Without training with the stored statistics; with it those of the batch, which move the stored ones."""
        if not training:
            return super().call(x)
        x = self._convolved(x, ops.cast(ops.convert_to_tensor(self.kernel), x.dtype))
        return _ACTIVATIONS[self.activation](self.norm(x, training=True))

    def kernel_and_bias(self) -> tuple[Any, Any]:
        """Kernel and bias, float32, with the batch norm taken in."""
        scale, shift = self.norm.scale_and_shift()
        kernel = ops.convert_to_tensor(self.kernel)
        return kernel * (scale[:, None] if self.filters is None else scale), shift

    def inference_layer(self) -> ConvBias:
        """See `Foldable`."""
        return ConvBias(self.filters, self.size, self.strides, self.padding, self.activation, name=self.name)

    def inference_values(self) -> Mapping[str, Any]:
        """See `Foldable`."""
        return dict(zip(("kernel", "bias"), self.kernel_and_bias(), strict=True))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}
