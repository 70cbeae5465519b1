from __future__ import annotations

import math

import numpy as np
import pytest

from cgn_tf.metrics import kernel_distance


def test_by_hand() -> None:
    # D = 1: k(0, 0) = 1, k(0, 1) = 1, k(1, 2) = 27, k(0, 2) = 1; within 1 and 1, across (1 + 1 + 1 + 27) / 4
    a, b = [[0.0], [1.0]], [[0.0], [2.0]]
    assert kernel_distance(a, b, subsets=3) == (pytest.approx(1.0 + 1.0 - 2.0 * 30.0 / 4.0), 0.0, 1, 2)


def test_unbiased() -> None:
    random = np.random.default_rng(0)
    found = [kernel_distance(*random.normal(size=(2, 40, 5)), subsets=1).mean for _ in range(400)]
    assert abs(np.mean(found)) < 4 * np.std(found) / math.sqrt(400)


def test_expectation_by_moments() -> None:
    # D = 1, x = ±1, y = 0 or 1: E(xx' + 1)³ = 1 + 3, E(yy' + 1)³ = 1 + 3/4 + 3/4 + 1/4, E(xy + 1)³ = 1 + 3/2
    random = np.random.default_rng(1)
    a, b = 2.0 * random.integers(2, size=(4_000, 1)) - 1.0, random.integers(2, size=(4_000, 1))
    found = kernel_distance(a, b, subsets=50, subset_size=400)
    assert found.mean == pytest.approx(4.0 + 2.75 - 5.0, abs=0.1)
    assert found.std > 0.0


def test_subsets_and_seed() -> None:
    random = np.random.default_rng(2)
    a, b = random.normal(size=(60, 3)), random.normal(size=(50, 3))
    found = kernel_distance(a, b, subsets=4, subset_size=20, seed=1)
    assert found[2:] == (4, 20)
    assert found == kernel_distance(a, b, subsets=4, subset_size=20, seed=1)
    assert found != kernel_distance(a, b, subsets=4, subset_size=20, seed=2)
    assert kernel_distance(a, b).subset_size == 50


@pytest.mark.parametrize(
    ("a", "b", "arguments", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 3)), {}, r"b: expected finite numbers of shape \[N, 2\]"),
        (np.zeros((1, 2)), np.zeros((3, 2)), {}, "a: expected at least 2 samples"),
        (np.zeros((3, 2)), np.full((3, 2), math.nan), {}, "b: .* got NaN"),
        (np.zeros((3, 2)), np.zeros((3, 2)), {"subset_size": 1}, "at least 2 samples, got 100 of 1"),
    ],
)
def test_what_is_refused(a: np.ndarray, b: np.ndarray, arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kernel_distance(a, b, **arguments)
