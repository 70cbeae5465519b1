"""How far a figure on a sample of images can be trusted, where no formula says it: the bootstrap (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class BootstrapInterval(NamedTuple):
    """A figure with its percentile interval.

    Attributes:
        value: of the sample itself.
        low: lower end of the interval.
        high: upper end.
        resamples: the number of samples that were drawn.
    """

    value: float
    low: float
    high: float
    resamples: int


def bootstrap_interval(
    statistic: Callable[..., float],
    *samples: Any,
    confidence: float = 0.95,
    resamples: int = 2_000,
    seed: int = 0,
) -> BootstrapInterval:
    """The percentile interval of a statistic over independent images, drawn with replacement.

    Args:
        statistic: of arrays like `samples`, a finite number.
        samples: arrays [N, …] of one N; a row of each belongs to one image, and the rows are drawn together.
        confidence: share of the resampled values within the interval, in (0, 1).
        resamples: number of samples to draw.
        seed: integer seed of the draws.

    Example:
        >>> by_shape = np.array([True] * 13 + [False] * 65 + [False] * 41)
        >>> by_texture = np.array([False] * 13 + [True] * 65 + [False] * 41)
        >>> bias = lambda shape, texture: shape.sum() / (shape.sum() + texture.sum())
        >>> bootstrap_interval(bias, by_shape, by_texture).value  # 13 / 78
        0.16666666666666666

    Raises:
        ValueError: no samples or of several lengths, numbers out of range, or a statistic that is not finite, on the
            sample or on one that was drawn from it.
    """
    arrays = [np.asarray(one) for one in samples]
    lengths = {one.shape[0] if one.ndim else 0 for one in arrays}
    if len(lengths) != 1 or lengths == {0}:
        raise ValueError(f"samples: expected arrays of one length, got shapes {[list(one.shape) for one in arrays]}.")
    if not 0.0 < confidence < 1.0 or resamples < 1:
        raise ValueError(
            f"expected a confidence within (0, 1) and at least 1 resample, got {confidence:g} and {resamples}."
        )
    count, random = lengths.pop(), np.random.default_rng(seed)
    value = float(statistic(*arrays))
    drawn = np.empty(resamples)
    for i in range(resamples):
        rows = random.integers(count, size=count)
        drawn[i] = statistic(*(one[rows] for one in arrays))
    if not (np.isfinite(value) and np.isfinite(drawn).all()):
        raise ValueError(
            f"statistic: expected finite numbers, got {value:g} on the {count:,} samples, and "
            f"{int((~np.isfinite(drawn)).sum()):,} of {resamples:,} resamples without one; give more samples."
        )
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    return BootstrapInterval(value, float(low), float(high), resamples)
