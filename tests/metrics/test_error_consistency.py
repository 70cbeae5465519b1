from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.metrics import error_consistency


def test_by_hand() -> None:
    first = np.array([True, True, True, False, False])
    second = np.array([True, True, False, False, True])
    # agreement 3/5; expected .6·.6 + .4·.4 = .52
    found = error_consistency(first, second)
    assert found == (pytest.approx((0.6 - 0.52) / 0.48), pytest.approx(0.6), pytest.approx(0.52), 5)


def test_ends() -> None:
    errs = np.array([True, False, True, True])
    assert error_consistency(errs, errs).kappa == 1.0
    assert error_consistency([True, False], [False, True]).kappa == -1.0
    assert error_consistency(errs, np.ones(4, bool)).kappa == 0.0
    assert error_consistency(np.ones(4, bool), np.ones(4, bool)).kappa is None
    assert error_consistency(np.zeros(4, bool), np.zeros(4, bool)).kappa is None


@pytest.mark.parametrize(
    ("first", "second"),
    [([1, 0], [1, 1]), ([True], [True, False]), (np.ones(0, bool), np.ones(0, bool)), ([[True]], [[True]])],
)
def test_what_is_refused(first: object, second: object) -> None:
    with pytest.raises(ValueError, match="expected two arrays of bool"):
        error_consistency(first, second)
