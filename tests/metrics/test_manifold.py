from __future__ import annotations

import math

import numpy as np
import pytest

from cgn_tf.metrics import manifold, manifold_scores

REAL = np.random.default_rng(0).normal(size=(500, 16))
GENERATED = np.random.default_rng(1).normal(size=(400, 16)) + 0.3


def test_as_the_library_prdc_computes_them() -> None:
    scores = manifold_scores(REAL, GENERATED, k=5)
    assert scores[:4] == pytest.approx((0.7875, 0.806, 0.9175, 0.898))
    assert scores[4:] == (5, (500, 400))
    assert manifold_scores(REAL, GENERATED)[:4] == pytest.approx((0.7025, 0.71, 0.9025, 0.744))


def test_blocks_and_large_means_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = manifold_scores(REAL, GENERATED)
    monkeypatch.setattr(manifold, "_BLOCK", 1_700)
    assert manifold_scores(REAL, GENERATED) == whole
    assert manifold_scores(REAL + 1e4, GENERATED + 1e4) == whole


def test_borders_on_a_line() -> None:
    # balls of the real points, k = 1: radii 1, 1, 5; the generated −1 is on the border of the first
    scores = manifold_scores([[0.0], [1.0], [6.0]], [[-1.0], [20.0]], k=1)
    assert scores.precision == 0.5
    assert scores.density == 0.0
    assert scores.coverage == 0.0
    assert scores.recall == 1.0  # the balls of the generated points have radius 21
    inside = manifold_scores([[0.0], [1.0], [6.0]], [[0.5], [20.0]], k=1)
    assert (inside.density, inside.coverage) == (1.0, pytest.approx(2 / 3))


def test_equal_sets() -> None:
    assert manifold_scores(REAL, REAL)[:2] == (1.0, 1.0)
    assert manifold_scores(REAL, REAL).coverage == 1.0


def test_one_image_again_and_again() -> None:
    collapsed = np.repeat(GENERATED[:1], 50, axis=0)
    scores = manifold_scores(REAL, collapsed)
    assert scores.recall == 0.0
    assert scores.coverage < 0.05
    # rows that are equal are at no distance, whatever rounding says
    assert manifold_scores(np.repeat(REAL[:1] + 1e3, 9, axis=0), np.repeat(REAL[:1] + 1e3, 9, axis=0)).precision == 1.0


@pytest.mark.parametrize(
    ("real", "generated", "k", "message"),
    [
        (np.zeros((3, 2)), np.zeros((9, 2)), 3, "real: expected at least 4 samples, got 3"),
        (np.zeros((9, 2)), np.zeros((9, 3)), 3, r"generated: expected finite numbers of shape \[N, 2\]"),
        (np.full((9, 2), math.inf), np.zeros((9, 2)), 3, "real: .* got NaN or an infinity"),
        (np.zeros((9, 2)), np.zeros((9, 2)), 0, "k: expected at least 1"),
    ],
)
def test_what_is_refused(real: np.ndarray, generated: np.ndarray, k: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        manifold_scores(real, generated, k)
