"""Batch normalisation of BigGAN-deep: fixed statistics for each truncation, gain and bias from a condition."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import keras
import numpy as np
from keras import ops

from cgn_tf.layers.spectral import SpectralDense
from cgn_tf.ops.spectral import EPSILON as SIGMA_EPSILON

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

    def fold_from(self, other: Self) -> None:
        """Takes the values of `other`, folded where this layer is."""
        self.statistics.assign(ops.convert_to_tensor(other.statistics))

    def _scale_and_shift(self, rows: TruncationRows, gain: Any, bias: Any) -> tuple[Any, Any]:
        mean, variance = rows.interpolate(ops.convert_to_tensor(self.statistics))
        # more exact than rsqrt, by which a graph of TensorFlow would replace a division by a root itself
        scale = gain / ops.maximum(ops.sqrt(variance + EPSILON), 0.0)
        return scale, bias - mean * scale

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "channels": self.channels}


@keras.saving.register_keras_serializable("cgn_tf")
class ConditionalNorm(_Norm):
    """(x − mean) / √(variance + 1e-4) · (1 + scale(c)) + offset(c), as a scale and a shift of the channels.

    Source: Brock et al. 2019, appendix B, with the statistics of the TF-Hub modules.

    Args:
        channels: C.
        folded: see `SpectralDense`.
        sigma_epsilon: see `SpectralDense`.
    """

    def __init__(
        self, channels: int, folded: bool = False, sigma_epsilon: float = SIGMA_EPSILON, **kwargs: Any
    ) -> None:
        super().__init__(channels, **kwargs)
        self.folded = folded
        self.sigma_epsilon = sigma_epsilon
        self.scale = SpectralDense(channels, False, folded, sigma_epsilon, name="scale")
        self.offset = SpectralDense(channels, False, folded, sigma_epsilon, name="offset")

    def build(self, condition_shape: Any) -> None:
        self.scale.build(condition_shape)
        self.offset.build(condition_shape)
        self._add_statistics()
        self.built = True

    def call(self, condition: Any, rows: TruncationRows, training: bool = False) -> tuple[Any, Any]:
        """Condition [B, d] → scale and shift, float32 [B, C] each."""
        gain, bias = (ops.cast(part(condition, training=training), "float32") for part in (self.scale, self.offset))
        return self._scale_and_shift(rows, 1.0 + gain, bias)

    def fold_from(self, other: Self) -> None:
        super().fold_from(other)
        self.scale.fold_from(other.scale)
        self.offset.fold_from(other.offset)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "folded": self.folded, "sigma_epsilon": self.sigma_epsilon}


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

    def fold_from(self, other: Self) -> None:
        super().fold_from(other)
        self.gain.assign(ops.convert_to_tensor(other.gain))
        self.bias.assign(ops.convert_to_tensor(other.bias))
