from __future__ import annotations

import math

import numpy as np
import pytest

from cgn_tf.metrics import bootstrap_interval


def bias(shape: np.ndarray, texture: np.ndarray) -> float:
    return float(shape.sum() / (shape.sum() + texture.sum()))


def test_the_interval_of_a_proportion() -> None:
    hits = np.arange(400) < 100
    value, low, high, resamples = bootstrap_interval(np.mean, hits, seed=1)
    half = 1.96 * math.sqrt(0.25 * 0.75 / 400)
    assert (value, resamples) == (0.25, 2_000)
    assert (low, high) == pytest.approx((0.25 - half, 0.25 + half), abs=0.006)


def test_rows_are_drawn_together() -> None:
    # every image is decided one way or the other, so the difference of the two shares has no spread
    shape = np.arange(50) < 20
    assert bootstrap_interval(lambda a, b: a.mean() + b.mean(), shape, ~shape)[:3] == (1.0, 1.0, 1.0)


def test_a_ratio_of_counts() -> None:
    shape, texture = np.arange(119) < 13, np.arange(119) >= 54
    found = bootstrap_interval(bias, shape, texture, seed=2)
    assert found.value == pytest.approx(13 / 78)
    assert 0.05 < found.low < found.value < found.high < 0.27
    assert found == bootstrap_interval(bias, shape, texture, seed=2)
    narrow = bootstrap_interval(bias, shape, texture, seed=2, confidence=0.5)
    assert found.low < narrow.low < narrow.high < found.high


@pytest.mark.parametrize(
    ("samples", "arguments", "message"),
    [
        ([], {}, "arrays of one length"),
        ([np.zeros(3), np.zeros(4)], {}, "arrays of one length"),
        ([np.zeros(0)], {}, "arrays of one length"),
        ([np.zeros(3)], {"confidence": 1.0}, "a confidence within"),
        ([np.zeros(3)], {"resamples": 0}, "at least 1 resample"),
        ([np.array([math.nan, 1.0])], {}, "expected finite numbers"),
    ],
)
def test_what_is_refused(samples: list[np.ndarray], arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(np.mean, *samples, **arguments)
