"""The mean over seeds, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean with its 95 % interval, mean ± half.

    Attributes:
        mean: of the values.
        half: half the width of the interval; None where one value says nothing of the spread.
        n: the number of values.
    """

    mean: float
    half: float | None
    n: int

    def __str__(self) -> str:
        """For example "95.12 ± 0.31", or "95.12"."""
        return f"{self.mean:.2f}" if self.half is None else f"{self.mean:.2f} ± {self.half:.2f}"


def proportion_interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion that was counted on independent images.

    Args:
        share: of the images, in [0, 1].
        count: the number of images, at least 1.

    Returns:
        Its ends, in [0, 1].
    """
    found = stats.binomtest(round(share * count), count).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def mean_interval(values: Sequence[float]) -> Interval:
    """The mean of independent values and Student's interval of it, t(0.975, n − 1) · s / √n.

    Args:
        values: finite, at least one.

    Returns:
        In the values' unit; it is not cut at 0 or 100 %.

    Raises:
        ValueError: no values, or one that is not finite.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError(f"values: expected at least one, all finite, got {list(values)}.")
    count = len(array)
    if count == 1:
        return Interval(float(array[0]), None, 1)
    quantile = stats.t.ppf((1.0 + CONFIDENCE) / 2.0, count - 1)
    return Interval(float(array.mean()), float(quantile * array.std(ddof=1) / np.sqrt(count)), count)
