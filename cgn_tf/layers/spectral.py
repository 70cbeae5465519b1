"""Dense and convolution layers whose kernel is divided by its spectral norm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from cgn_tf.layers.folded_conv import FoldedConv
from cgn_tf.ops.scaled_conv import Form, scaled_conv
from cgn_tf.ops.spectral import EPSILON, spectral_norm
from cgn_tf.ops.upsample import fused_kernel


class _Spectral(keras.layers.Layer):
    """What both have: a kernel [..., out] with the stored u0 [1, out], and a bias.

    The variables are float32 and are not cast before σ is taken.
    """

    def __init__(self, use_bias: bool, sigma_epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_bias = use_bias
        self.sigma_epsilon = sigma_epsilon

    def _add_variables(self, kernel_shape: tuple[int, ...]) -> None:
        units = kernel_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=kernel_shape, initializer="glorot_uniform", autocast=False)
        self.u0 = self.add_weight(
            name="u0", shape=(1, units), initializer="random_normal", trainable=False, autocast=False
        )
        self.bias = (
            self.add_weight(name="bias", shape=(units,), initializer="zeros", autocast=False) if self.use_bias else None
        )
        self.built = True

    def _kernel_and_factor(self, training: bool) -> tuple[Any, Any]:
        """The kernel to use, and what its products are to be multiplied with; None: nothing.

        Training divides the products by σ, which spares it a copy of every kernel. Otherwise the kernel is that of the
        inference layer, computed anew, so that both give the same to the last bit.
        """
        return (ops.convert_to_tensor(self.kernel), self._factor()) if training else (self._folded_kernel(), None)

    def _factor(self) -> Any:
        kernel, u0 = ops.convert_to_tensor(self.kernel), ops.convert_to_tensor(self.u0)
        return 1.0 / spectral_norm(kernel, u0, self.sigma_epsilon)

    def _folded_kernel(self) -> Any:
        return ops.convert_to_tensor(self.kernel) * self._factor()

    def _folded_bias(self) -> Any:
        return ops.convert_to_tensor(self.bias)

    def inference_values(self) -> Mapping[str, Any]:
        """See `Foldable`."""
        return {"kernel": self._folded_kernel()} | ({} if self.bias is None else {"bias": self._folded_bias()})

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "use_bias": self.use_bias, "sigma_epsilon": self.sigma_epsilon}


@keras.saving.register_keras_serializable("cgn_tf")
class SpectralDense(_Spectral):
    """x·W/σ, plus a bias. [B, in] → [B, units].

    Args:
        units: outputs.
        use_bias: whether there is a bias.
        sigma_epsilon: see `spectral_norm`.
    """

    def __init__(self, units: int, use_bias: bool = True, sigma_epsilon: float = EPSILON, **kwargs: Any) -> None:
        super().__init__(use_bias, sigma_epsilon, **kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self._add_variables((input_shape[-1], self.units))

    def call(self, x: Any, training: bool = False) -> Any:
        kernel, factor = self._kernel_and_factor(training)
        y = ops.matmul(x, ops.cast(kernel, x.dtype))
        if factor is not None:
            y = y * ops.cast(factor, x.dtype)
        return y if self.bias is None else y + ops.cast(self.bias, x.dtype)

    def inference_layer(self) -> keras.layers.Dense:
        """See `Foldable`."""
        return keras.layers.Dense(self.units, use_bias=self.use_bias, kernel_initializer="zeros", name=self.name)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable("cgn_tf")
class SpectralConv(_Spectral):
    """Convolution with W/σ and zero padding, and what follows it: a scale and shift of its channels.

    [B, H, W, in] → [B, H, W, outputs], or twice the height and width with `upsample`.

    Args:
        filters: output channels of the kernel.
        size: height and width of the kernel.
        use_bias: whether there is a bias.
        upsample: nearest ×2 in front of the convolution, computed with it as one (see `upsample_conv`); size 3 only.
        outputs: the first channels alone are computed, while σ is that of the whole kernel; None: all.
        sigma_epsilon: see `spectral_norm`.
    """

    def __init__(
        self,
        filters: int,
        size: int,
        use_bias: bool = True,
        upsample: bool = False,
        outputs: int | None = None,
        sigma_epsilon: float = EPSILON,
        **kwargs: Any,
    ) -> None:
        # without autocast, so that half precision does not round scale and shift
        super().__init__(use_bias, sigma_epsilon, **{**kwargs, "autocast": False})
        if upsample and (size != 3 or outputs is not None):
            raise ValueError(f"upsample: expected size 3 and all outputs, got size {size} and outputs {outputs}.")
        self.filters = filters
        self.size = size
        self.upsample = upsample
        self.outputs = outputs

    def build(self, input_shape: Any) -> None:
        self._add_variables((self.size, self.size, input_shape[-1], self.filters))

    def call(self, x: Any, scale: Any = None, shift: Any = None, training: bool = False) -> Any:
        """The convolution of `x`; with `scale` and `shift`, float32 [B or 1, outputs], `(conv + bias) · scale + shift`.

        In training σ divides what comes out, otherwise the kernel: the results differ by rounding.
        """
        kernel, factor = self._kernel_and_factor(training)
        if factor is not None and self.outputs is not None:
            kernel = kernel[..., : self.outputs]
        form: Form = "plain" if not self.upsample else "upsample" if training else "fused"
        bias = None if self.bias is None else self._folded_bias()
        x = ops.cast(x, self.compute_dtype)
        return scaled_conv(x, kernel, bias, factor=factor, scale=scale, shift=shift, form=form)

    def _folded_kernel(self) -> Any:
        kernel = super()._folded_kernel()
        return fused_kernel(kernel) if self.upsample else kernel[..., : self.outputs]

    def _folded_bias(self) -> Any:
        return super()._folded_bias()[: self.outputs]

    def inference_layer(self) -> FoldedConv:
        """See `Foldable`."""
        return FoldedConv(self.outputs or self.filters, self.size, self.use_bias, self.upsample, name=self.name)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "size": self.size,
            "upsample": self.upsample,
            "outputs": self.outputs,
        }
