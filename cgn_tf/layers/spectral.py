"""Dense and convolution layers whose kernel is divided by its spectral norm."""

from __future__ import annotations

import math
from typing import Any, Self

import keras
import numpy as np
from keras import ops

from cgn_tf.ops.spectral import EPSILON, spectral_norm
from cgn_tf.ops.upsample import fused_kernel, upsample_conv, upsample_conv_fused


class _Spectral(keras.layers.Layer):
    """What both have: a kernel [..., out] with the stored u0 [1, out], or folded, the normalised kernel alone.

    The variables are float32 and are not cast before σ is taken.
    """

    def __init__(self, use_bias: bool, folded: bool, sigma_epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_bias = use_bias
        self.folded = folded
        self.sigma_epsilon = sigma_epsilon

    def _add_variables(self, kernel_shape: tuple[int, ...], units: int) -> None:
        self.kernel = self.add_weight(name="kernel", shape=kernel_shape, initializer="glorot_uniform", autocast=False)
        if not self.folded:
            self.u0 = self.add_weight(
                name="u0", shape=(1, units), initializer="random_normal", trainable=False, autocast=False
            )
        self.bias = (
            self.add_weight(name="bias", shape=(units,), initializer="zeros", autocast=False) if self.use_bias else None
        )
        self.built = True

    def _kernel_and_factor(self, training: bool) -> tuple[Any, Any]:
        """The kernel to use, and what its products are to be multiplied with; None: nothing.

        Training divides the products by σ, which spares it a copy of every kernel. Otherwise the kernel is that of a
        folded layer, computed anew, so that both give the same to the last bit.
        """
        if self.folded:
            return ops.convert_to_tensor(self.kernel), None
        return (ops.convert_to_tensor(self.kernel), self._factor()) if training else (self._folded_kernel(), None)

    def _factor(self) -> Any:
        kernel, u0 = ops.convert_to_tensor(self.kernel), ops.convert_to_tensor(self.u0)
        return 1.0 / spectral_norm(kernel, u0, self.sigma_epsilon)

    def _folded_kernel(self) -> Any:
        return ops.convert_to_tensor(self.kernel) * self._factor()

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "use_bias": self.use_bias,
            "folded": self.folded,
            "sigma_epsilon": self.sigma_epsilon,
        }

    def fold_from(self, other: Self) -> None:
        """Takes, into this folded layer, the weights of one that is not; ValueError where it is the other way round."""
        if not self.folded or other.folded:
            raise ValueError(f"{self.path}: expected a folded layer and one that is not.")
        self.kernel.assign(np.asarray(ops.convert_to_numpy(other._folded_kernel())))
        if self.bias is not None and other.bias is not None:
            self.bias.assign(ops.convert_to_tensor(other.bias)[: self.bias.shape[0]])


@keras.saving.register_keras_serializable("cgn_tf")
class SpectralDense(_Spectral):
    """x·W/σ, plus a bias. [B, in] → [B, units].

    Args:
        units: outputs.
        use_bias: whether there is a bias.
        folded: the kernel is stored divided by σ already.
        sigma_epsilon: see `spectral_norm`.
    """

    def __init__(
        self,
        units: int,
        use_bias: bool = True,
        folded: bool = False,
        sigma_epsilon: float = EPSILON,
        **kwargs: Any,
    ) -> None:
        super().__init__(use_bias, folded, sigma_epsilon, **kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self._add_variables((input_shape[-1], self.units), self.units)

    def call(self, x: Any, training: bool = False) -> Any:
        kernel, factor = self._kernel_and_factor(training)
        y = ops.matmul(x, ops.cast(kernel, x.dtype))
        if factor is not None:
            y = y * ops.cast(factor, x.dtype)
        return y if self.bias is None else y + ops.cast(self.bias, x.dtype)

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
        folded: the kernel is stored divided by σ already, of `outputs` channels and, with `upsample`, in the form of
            the transposed convolution.
        sigma_epsilon: see `spectral_norm`.
    """

    def __init__(
        self,
        filters: int,
        size: int,
        use_bias: bool = True,
        upsample: bool = False,
        outputs: int | None = None,
        folded: bool = False,
        sigma_epsilon: float = EPSILON,
        **kwargs: Any,
    ) -> None:
        # without autocast, so that half precision does not round scale and shift
        super().__init__(use_bias, folded, sigma_epsilon, **{**kwargs, "autocast": False})
        if upsample and (size != 3 or outputs is not None):
            raise ValueError(f"upsample: expected size 3 and all outputs, got size {size} and outputs {outputs}.")
        self.filters = filters
        self.size = size
        self.upsample = upsample
        self.outputs = outputs

    def build(self, input_shape: Any) -> None:
        channels, size = input_shape[-1], self.size
        units = (self.outputs if self.folded else None) or self.filters
        fused = self.folded and self.upsample
        self._add_variables((4, 4, units, channels) if fused else (size, size, channels, units), units)

    def call(self, x: Any, scale: Any = None, shift: Any = None, training: bool = False) -> Any:
        """The convolution of `x`; with `scale` and `shift`, float32 [B or 1, outputs], `(conv + bias) · scale + shift`.

        Where one scale holds for all images and the kernel is smaller than the output, the kernel is scaled instead.
        In training σ divides what comes out, otherwise the kernel: the results differ by rounding.
        """
        x = ops.cast(x, self.compute_dtype)
        kernel, factor = self._kernel_and_factor(training)
        if factor is not None and self.outputs is not None:
            kernel = kernel[..., : self.outputs]
        fused = self.upsample and factor is None
        bias = None if self.bias is None else ops.convert_to_tensor(self.bias)[: self.outputs]
        if scale is None:
            scale, shift = factor, bias
        else:
            shift = shift if bias is None else bias * scale + shift
            scale = scale if factor is None else scale * factor
        if scale is not None and self._scales_kernel(x, kernel, scale):
            if len(scale.shape) == 2:
                scale, shift = scale[0], shift[0]
                scale = scale[:, None] if fused else scale
            kernel, scale = kernel * scale, None
        y = self._convolve(x, ops.cast(kernel, x.dtype), fused)
        if scale is not None:
            y = y * _over_pixels(scale, x.dtype)
        return y if shift is None else y + _over_pixels(shift, x.dtype)

    def _convolve(self, x: Any, kernel: Any, fused: bool) -> Any:
        if not self.upsample:
            return ops.conv(x, kernel, padding="same")
        return upsample_conv_fused(x, kernel) if fused else upsample_conv(x, kernel)

    def _scales_kernel(self, x: Any, kernel: Any, scale: Any) -> bool:
        if len(scale.shape) == 2 and scale.shape[0] != 1:
            return False
        batch, height, width, _ = x.shape
        if None in (batch, height, width):
            return False
        outputs = (4 if self.upsample else 1) * math.prod((batch, height, width)) * (self.outputs or self.filters)
        return bool(math.prod(kernel.shape) <= outputs)

    def _folded_kernel(self) -> Any:
        kernel = super()._folded_kernel()
        return fused_kernel(kernel) if self.upsample else kernel[..., : self.outputs]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "size": self.size,
            "upsample": self.upsample,
            "outputs": self.outputs,
        }


def _over_pixels(values: Any, dtype: Any) -> Any:
    """A scalar and [C] as they are, [B, C] as [B, 1, 1, C]."""
    values = ops.cast(values, dtype)
    return values[:, None, None] if len(values.shape) == 2 else values
