from __future__ import annotations

import math

import numpy as np
import pytest

from cgn_tf.metrics import inception_score


def test_one_hot_logits_give_the_number_of_classes() -> None:
    score = inception_score(np.tile(1e4 * np.eye(7), (30, 1)), splits=1)
    assert score.mean == pytest.approx(7.0, rel=1e-12)
    assert score[1:] == (0.0, 210, 1)


def test_equal_predictions_give_one() -> None:
    assert inception_score(np.tile([3.0, 1.0, -2.0], (50, 1))).mean == pytest.approx(1.0)


def test_by_hand() -> None:
    # p(y) = (.5, .5); KL = .9 ln 1.8 + .1 ln .2 for both images
    expected = math.exp(0.9 * math.log(1.8) + 0.1 * math.log(0.2))
    assert inception_score([[0.9, 0.1], [0.1, 0.9]], splits=1, probabilities=True).mean == pytest.approx(expected)


def test_logits_are_those_of_probabilities() -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(5), size=100)
    by_logits = inception_score(np.log(rows) + 40.0, seed=3)
    by_probabilities = inception_score(rows, seed=3, probabilities=True)
    assert by_logits == pytest.approx(by_probabilities)


def test_mean_and_population_deviation_of_the_splits() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 4))
    score = inception_score(rows, splits=3, seed=5)
    order = np.random.default_rng(5).permutation(60)
    parts = [inception_score(rows[part], splits=1).mean for part in np.split(order, 3)]
    assert score == pytest.approx((np.mean(parts), np.std(parts), 60, 3))


def test_the_seed_shuffles() -> None:
    rows = np.repeat(1e3 * np.eye(2), 20, axis=0)
    # without shuffling each split would have one class, and a score of 1
    assert inception_score(rows, splits=2, seed=0).mean > 1.8
    assert inception_score(rows, splits=4, seed=0) != inception_score(rows, splits=4, seed=1)
    assert inception_score(rows, splits=4, seed=1) == inception_score(rows, splits=4, seed=1)


@pytest.mark.parametrize(
    ("scores", "arguments", "message"),
    [
        (np.zeros(5), {}, r"shape \[N, D\], got shape \[5\]"),
        (np.zeros((9, 3)), {}, "at least 10 samples, got 9"),
        ([[0.0, math.nan]] * 10, {}, "got NaN or an infinity, first in row 0"),
        ([[0.5, 0.6]] * 10, {"probabilities": True}, "sum to 1 in each row"),
        ([[1.5, -0.5]] * 10, {"probabilities": True}, "got values from -0.5"),
        (np.zeros((9, 3)), {"splits": 0}, "splits: expected at least 1"),
        ([["a", "b"]] * 10, {}, "got <U1"),
    ],
)
def test_what_is_refused(scores: object, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        inception_score(scores, **arguments)
