from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy import linalg

from cgn_tf.metrics import FeatureMoments, FeatureStatistics, frechet_distance


def statistics(rows: np.ndarray, batch: int = 50) -> FeatureStatistics:
    moments = FeatureMoments(rows.shape[1])
    for start in range(0, len(rows), batch):
        moments.update(rows[start : start + batch])
    return moments.statistics()


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    random = np.random.default_rng(0)
    return (random.normal(size=(200, 12)) @ random.normal(size=(12, 12)) + 300.0).astype(np.float32)


@pytest.mark.parametrize("batch", [1, 7, 64, 200])
def test_batches_do_not_matter(features: np.ndarray, batch: int) -> None:
    found = statistics(features, batch)
    exact = features.astype(np.float64)
    assert found.count == 200
    np.testing.assert_allclose(found.mean, exact.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(found.covariance, np.cov(exact.T), rtol=1e-9, atol=1e-11)


def test_equal_sets_have_no_distance(features: np.ndarray) -> None:
    assert frechet_distance(statistics(features, 7), statistics(features, 64)).distance < 1e-6


def test_closed_form_of_two_gaussians() -> None:
    # commuting covariances: Σ (μ₁ − μ₂)² + (σ₁ − σ₂)²
    turn = linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0]
    s, t = np.array([1.0, 2.0, 0.5, 3.0]), np.array([2.0, 1.0, 0.5, 0.0])
    a = FeatureStatistics(np.zeros(4), turn @ np.diag(s**2) @ turn.T, 10)
    b = FeatureStatistics(np.array([1.0, 2.0, 0.0, 0.0]), turn @ np.diag(t**2) @ turn.T, 20)
    found = frechet_distance(a, b)
    assert found.distance == pytest.approx(5.0 + 1.0 + 1.0 + 0.0 + 9.0, abs=1e-6)
    assert found[1:] == ((10, 20), False)


def test_covariances_that_do_not_commute() -> None:
    random = np.random.default_rng(2)
    a, b = (x @ x.T for x in random.normal(size=(2, 6, 6)))
    expected = np.trace(a + b - 2.0 * linalg.sqrtm(a @ b).real)
    found = frechet_distance(FeatureStatistics(np.zeros(6), a, 6), FeatureStatistics(np.zeros(6), b, 6))
    assert found.distance == pytest.approx(expected, rel=1e-9)


def test_samples_of_two_gaussians() -> None:
    random = np.random.default_rng(3)
    a, b = random.normal(size=(20_000, 3)), 2.0 * random.normal(size=(20_000, 3)) + 1.0
    assert frechet_distance(statistics(a), statistics(b)).distance == pytest.approx(6.0, abs=0.15)


def test_few_samples_are_refused_or_told(features: np.ndarray) -> None:
    few, enough = statistics(features[:11]), statistics(features)
    with pytest.raises(ValueError, match="at least as many samples as the 12 features, got 11 and 200"):
        frechet_distance(few, enough)
    assert frechet_distance(few, enough, allow_few=True).few
    assert frechet_distance(few, few, allow_few=True).distance < 1e-6
    assert not frechet_distance(statistics(features[:12]), enough, allow_few=True).few


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (np.zeros((3, 4)), r"\[N, 2\], got shape \[3, 4\]"),
        ([[0.0, math.inf]], "got NaN or an infinity"),
        (np.zeros((0, 2)), "at least 1 samples, got 0"),
    ],
)
def test_batches_that_are_refused(batch: object, message: str) -> None:
    moments = FeatureMoments(2)
    with pytest.raises(ValueError, match=message):
        moments.update(batch)
    assert moments.count == 0


def test_statistics_that_are_refused() -> None:
    moments = FeatureMoments(2)
    moments.update([[1.0, 2.0]])
    with pytest.raises(ValueError, match="at least 2 samples, got 1"):
        moments.statistics()
    sound = FeatureStatistics(np.zeros(2), np.eye(2), 9)
    with pytest.raises(ValueError, match=r"b: expected a mean \[2\]"):
        frechet_distance(sound, FeatureStatistics(np.zeros(3), np.eye(3), 9))
    with pytest.raises(ValueError, match="b: expected finite"):
        frechet_distance(sound, dataclasses.replace(sound, covariance=np.full((2, 2), math.nan)))
    with pytest.raises(ValueError, match="width: expected at least 1"):
        FeatureMoments(0)
