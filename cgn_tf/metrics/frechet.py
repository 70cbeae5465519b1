"""The Fréchet distance of two sets of features (Heusel et al. 2017, arXiv 1706.08500): FID with Inception's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cgn_tf.metrics.checked import checked_rows


@dataclass(frozen=True, eq=False)
class FeatureStatistics:
    """What the Fréchet distance knows of a set of features of width D.

    Attributes:
        mean: float64 [D].
        covariance: float64 [D, D], unbiased (divided by N − 1).
        count: the number of samples, N.
    """

    mean: np.ndarray
    covariance: np.ndarray
    count: int


class FeatureMoments:
    """Mean and covariance of features that come in batches; no batch is kept.

    Two sets are joined by the update of Chan, Golub and LeVeque (1979), which loses no digits to large means; how the
    samples are divided into batches changes the result by rounding in float64 alone.

    Args:
        width: D.
    """

    def __init__(self, width: int) -> None:
        if width < 1:
            raise ValueError(f"width: expected at least 1, got {width}.")
        self.count = 0
        self._mean = np.zeros(width)
        self._scatter = np.zeros((width, width))  # the sum of the outer products of deviations from the mean

    def update(self, features: Any) -> None:
        """Adds a batch, [B, D].

        Raises:
            ValueError: another width, no sample, NaN or an infinity; nothing is added then.
        """
        rows = checked_rows("features", features, width=len(self._mean))
        mean = rows.mean(axis=0)
        deviations = rows - mean
        apart, both = mean - self._mean, self.count + len(rows)
        self._scatter += deviations.T @ deviations + np.outer(apart, apart) * (self.count * len(rows) / both)
        self._mean += apart * (len(rows) / both)
        self.count = both

    def statistics(self) -> FeatureStatistics:
        """Those of all batches so far.

        Raises:
            ValueError: fewer than two samples.
        """
        if self.count < 2:
            raise ValueError(f"features: expected at least 2 samples, got {self.count}.")
        return FeatureStatistics(self._mean.copy(), self._scatter / (self.count - 1), self.count)


class FrechetDistance(NamedTuple):
    """A distance, and what it was computed from.

    Attributes:
        distance: at least 0; equal statistics give 0 up to rounding.
        counts: the number of samples of the two sets.
        few: a set has fewer samples than features: its covariance is singular, and the distance far too large or
            small; only sets of the same numbers can be compared by it.
    """

    distance: float
    counts: tuple[int, int]
    few: bool


def frechet_distance(a: FeatureStatistics, b: FeatureStatistics, *, allow_few: bool = False) -> FrechetDistance:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), the squared distance of the Gaussians with these moments.

    The trace of the root is the sum of the roots of the eigenvalues of Σ₁Σ₂. With Σ₁ = HHᵀ and Σ₂ = GGᵀ these are the
    squared singular values of HᵀG, and the singular values have no roots of rounding errors in them. No matrix root of
    the product is taken, which need not exist for singular covariances.

    Args:
        a: statistics of a set.
        b: statistics of the other, of the same width.
        allow_few: sets with fewer samples than features are compared, too, and the result says so.

    Raises:
        ValueError: shapes that do not fit, values that are not finite, or too few samples.
    """
    for name, one in (("a", a), ("b", b)):
        _check(name, one, len(a.mean))
    width, few = len(a.mean), min(a.count, b.count) < len(a.mean)
    if few and not allow_few:
        raise ValueError(
            f"expected at least as many samples as the {width:,} features, got {a.count:,} and {b.count:,}: their "
            "covariance would be singular; give more, or set `allow_few`."
        )
    roots = np.linalg.svd(_half(a.covariance).T @ _half(b.covariance), compute_uv=False)
    apart = a.mean - b.mean
    distance = apart @ apart + np.trace(a.covariance) + np.trace(b.covariance) - 2.0 * roots.sum()
    return FrechetDistance(max(0.0, float(distance)), (a.count, b.count), few)


def _half(covariance: np.ndarray) -> np.ndarray:
    """H with H·Hᵀ = Σ, the root of Σ up to a rotation; eigenvalues below 0 are rounding errors of those that are 0."""
    values, vectors = np.linalg.eigh(covariance)
    half: np.ndarray = vectors * np.sqrt(np.maximum(values, 0.0))
    return half


def _check(name: str, one: FeatureStatistics, width: int) -> None:
    mean, covariance = np.asarray(one.mean), np.asarray(one.covariance)
    if mean.shape != (width,) or covariance.shape != (width, width):
        raise ValueError(
            f"{name}: expected a mean [{width}] and a covariance [{width}, {width}], got {list(mean.shape)} and "
            f"{list(covariance.shape)}."
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise ValueError(f"{name}: expected finite statistics, got NaN or an infinity.")
