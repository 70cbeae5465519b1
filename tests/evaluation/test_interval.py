from __future__ import annotations

import math

import pytest

from cgn_tf.evaluation.interval import Interval, mean_interval, proportion_interval


def test_three_values_by_hand() -> None:
    # s = 1, and the table of Student's t has 4.303 for two degrees of freedom
    mean, half, n = mean_interval([94.0, 95.0, 96.0])
    assert (mean, n) == (95.0, 3)
    assert half == pytest.approx(4.302653 / math.sqrt(3), abs=1e-6)


def test_two_values_by_hand() -> None:
    # s = √2, s / √2 = 1, t = 12.706
    assert mean_interval([1.0, 3.0]).half == pytest.approx(12.7062, abs=1e-4)


def test_one_value_has_no_interval() -> None:
    assert mean_interval([35.9]) == Interval(35.9, None, 1)


def test_as_text() -> None:
    assert str(Interval(95.123, 0.456, 3)) == "95.12 ± 0.46"
    assert str(Interval(95.123, None, 1)) == "95.12"


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_what_has_no_mean(values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^values: expected at least one, all finite"):
        mean_interval(values)


def test_wilsons_interval_by_hand() -> None:
    # 8 of 10 with z = 1.95996: (0.8 + z²/20) / (1 + z²/10) ± z / (1 + z²/10) · √(0.016 + z²/400)
    assert proportion_interval(0.8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert proportion_interval(1.0, 4)[1] == pytest.approx(1.0)
