"""How much a classifier depends on the background: the gap between two sets with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cgn_tf.metrics.bootstrap import bootstrap_interval

_RESAMPLES = 2_000
_ENDS = (0.025, 0.975)


class Gap(NamedTuple):
    """A difference of two accuracies, with its 95 % interval by bootstrap.

    Attributes:
        value: of the first minus that of the second, in [-1, 1].
        low, high: ends of the interval.
        paired: whether both sets show the same foregrounds, which were drawn together.
    """

    value: float
    low: float
    high: float
    paired: bool


def background_gap(
    first: np.ndarray, second: np.ndarray, foregrounds: tuple[Sequence[str], Sequence[str]], seed: int = 0
) -> Gap:
    """The gap between two sets.

    Args:
        first: bool [N], whether each image was classified correctly.
        second: bool [M].
        foregrounds: what tells the foreground of each image, of both sets. Where these are the same, each once, images
            are drawn in pairs; else the two sets independently.
        seed: of the draws.
    """
    order = dict(zip(foregrounds[1], range(len(foregrounds[1])), strict=True))
    if len(order) == len(second) == len(first) == len(set(foregrounds[0])) and set(order) == set(foregrounds[0]):
        partner = second[[order[one] for one in foregrounds[0]]]
        found = bootstrap_interval(
            lambda a, b: float(a.mean() - b.mean()), first, partner, resamples=_RESAMPLES, seed=seed
        )
        return Gap(found.value, found.low, found.high, True)
    # the mean of N independent draws from N outcomes, right or wrong, is binomial
    random = np.random.default_rng(seed)
    drawn = [random.binomial(len(one), one.mean(), _RESAMPLES) / len(one) for one in (first, second)]
    low, high = np.quantile(drawn[0] - drawn[1], _ENDS)
    return Gap(float(first.mean() - second.mean()), float(low), float(high), False)
