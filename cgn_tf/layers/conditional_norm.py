"""Batch normalisation of BigGAN-deep: fixed statistics for each truncation, gain and bias from a condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from cgn_tf.layers.spectral import SpectralDense
from cgn_tf.ops.rsqrt import rsqrt
from cgn_tf.ops.spectral import EPSILON as SIGMA_EPSILON
from cgn_tf.ops.spectral import spectral_norms

STATISTICS = 51
"""Rows of stored statistics: row r is for a truncation of r / 50."""
EPSILON = 1e-4
_ROUNDING = 1e-5


class TruncationRows(NamedTuple):
    """Which two rows of the statistics truncations lie between: the lower one, int32 [T], and the upper one's share.

    T is B, or 1 for one truncation for all images.
    """

    lower: Any
    share: Any

    @classmethod
    def of(cls, truncation: Any, reversed_shares: bool = False) -> TruncationRows:
        """From a truncation in (0, 1], a scalar or [B].

        `reversed_shares` weighs the two rows the wrong way round between multiples of 0.02, as the PyTorch ports do.
        """
        position = ops.reshape(ops.cast(truncation, "float32"), (-1,)) * (STATISTICS - 1)
        nearest = ops.round(position)
        # float32 puts some multiples of 0.02 just beside their row, which reversed shares would take for the next one
        position = ops.where(ops.abs(position - nearest) < _ROUNDING, nearest, position)
        lower = ops.clip(ops.floor(position), 0, STATISTICS - 2)
        share = position - lower
        if reversed_shares:
            share = ops.where(ops.equal(share, ops.floor(share)), share, 1.0 - share)
        return cls(ops.cast(lower, "int32"), share)

    def interpolate(self, table: Any) -> tuple[Any, Any]:
        """Statistics [51, 2, C] → means and variances, [T, C] each."""
        lower, upper = (ops.take(table, self.lower + step, axis=0) for step in (0, 1))
        share = self.share[:, None, None]
        found = lower * (1.0 - share) + upper * share
        return found[:, 0], found[:, 1]


class _Norm(keras.layers.Layer):
    """Holds the statistics, [51, 2, C]: means and variances, which never change, in training neither."""

    def __init__(self, channels: int, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "autocast": False})  # the share of a row is float32
        self.channels = channels

    def _add_statistics(self) -> None:
        def start(shape: Any, dtype: Any = None) -> Any:
            return ops.convert_to_tensor(
                np.broadcast_to(np.array([[0.0], [1.0]], np.float32), shape).copy(), dtype=dtype
            )

        self.statistics = self.add_weight(
            name="statistics", shape=(STATISTICS, 2, self.channels), initializer=start, trainable=False, autocast=False
        )

    def _scale_and_shift(self, rows: TruncationRows, gain: Any, bias: Any) -> tuple[Any, Any]:
        mean, variance = rows.interpolate(ops.convert_to_tensor(self.statistics))
        scale = gain * rsqrt(variance + EPSILON)
        return scale, bias - mean * scale

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "channels": self.channels}


@keras.saving.register_keras_serializable("cgn_tf")
class ConditionalNorm(_Norm):
    """(x − mean) / √(variance + 1e-4) · (1 + scale(c)) + offset(c), as a scale and a shift of the channels.

    Source: Brock et al. 2019, appendix B, with the statistics of the TF-Hub modules.

    Args:
        channels: C.
        sigma_epsilon: see `SpectralDense`.
    """

    def __init__(self, channels: int, sigma_epsilon: float = SIGMA_EPSILON, **kwargs: Any) -> None:
        super().__init__(channels, **kwargs)
        self.sigma_epsilon = sigma_epsilon
        self.scale = SpectralDense(channels, False, sigma_epsilon, name="scale")
        self.offset = SpectralDense(channels, False, sigma_epsilon, name="offset")

    def build(self, condition_shape: Any) -> None:
        self.scale.build(condition_shape)
        self.offset.build(condition_shape)
        self._add_statistics()
        self.built = True

    def call(self, condition: Any, rows: TruncationRows, training: bool = False) -> tuple[Any, Any]:
        """Condition [B, d] → scale and shift, float32 [B, C] each."""
        gain, bias = (ops.cast(part(condition, training=training), "float32") for part in (self.scale, self.offset))
        return self._scale_and_shift(rows, 1.0 + gain, bias)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sigma_epsilon": self.sigma_epsilon}


@keras.saving.register_keras_serializable("cgn_tf")
class TruncationNorm(_Norm):
    """The same without a condition: a learned gain and bias, used as they are (the last norm of BigGAN-deep)."""

    def build(self, input_shape: Any = None) -> None:
        self.gain = self.add_weight(name="gain", shape=(self.channels,), initializer="ones", autocast=False)
        self.bias = self.add_weight(name="bias", shape=(self.channels,), initializer="zeros", autocast=False)
        self._add_statistics()
        self.built = True

    def call(self, rows: TruncationRows) -> tuple[Any, Any]:
        """Scale and shift, float32 [B or 1, C] each."""
        return self._scale_and_shift(rows, ops.convert_to_tensor(self.gain), ops.convert_to_tensor(self.bias))


def scales_and_shifts(
    norms: Sequence[ConditionalNorm], condition: Any, rows: TruncationRows, training: bool = False
) -> list[tuple[Any, Any]]:
    """What each norm makes of one condition [B, d]: scale and shift, float32 [B, C] each, in the order of `norms`.

    In training the norms of equal width are computed together: the results are the same to rounding, and a graph of
    many norms is a fraction as large.
    """
    if not training:
        return [norm(condition, rows) for norm in norms]
    kinds = [(norm.channels, norm.sigma_epsilon) for norm in norms]
    found: dict[int, tuple[Any, Any]] = {}
    for kind in dict.fromkeys(kinds):
        places = [i for i, own in enumerate(kinds) if own == kind]
        found |= zip(places, _together([norms[i] for i in places], condition, rows), strict=True)
    return [found[i] for i in range(len(norms))]


def _together(norms: Sequence[ConditionalNorm], condition: Any, rows: TruncationRows) -> list[tuple[Any, Any]]:
    """`scales_and_shifts` of N norms of equal width in training."""
    count, channels = len(norms), norms[0].channels
    parts = [norm.scale for norm in norms] + [norm.offset for norm in norms]
    kernels = ops.stack([part.kernel.value for part in parts])  # [2N, d, C]
    u0 = ops.stack([part.u0.value for part in parts])
    factors = 1.0 / spectral_norms(kernels, u0, norms[0].sigma_epsilon)
    x = ops.cast(condition, parts[0].compute_dtype)
    products = ops.matmul(x[None], ops.cast(kernels, x.dtype)) * ops.cast(factors, x.dtype)
    gains, biases = ops.split(ops.cast(products, "float32"), 2)  # [N, B, C]
    tables = ops.concatenate([norm.statistics.value for norm in norms], axis=-1)
    means, variances = (
        ops.transpose(ops.reshape(part, (-1, count, channels)), (1, 0, 2)) for part in rows.interpolate(tables)
    )  # [N, T, C]
    scales = (1.0 + gains) * rsqrt(variances + EPSILON)
    return list(zip(ops.unstack(scales), ops.unstack(biases - means * scales), strict=True))
