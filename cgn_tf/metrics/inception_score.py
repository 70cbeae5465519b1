"""The Inception score (Salimans et al. 2016, arXiv 1606.03498, section 4)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp, xlogy

from cgn_tf.metrics.checked import checked_rows

_SUM_WITHIN = 1e-3
"""How far the sum of probabilities in single or half precision may be from 1."""


class InceptionScore(NamedTuple):
    """From 1, all predictions alike, up to the number of classes.

    Attributes:
        mean: over the splits.
        std: population standard deviation over the splits; 0 with one split.
        samples: the number of images, N.
        splits: the number of splits.
    """

    mean: float
    std: float
    samples: int
    splits: int


def inception_score(scores: Any, splits: int = 10, seed: int = 0, *, probabilities: bool = False) -> InceptionScore:
    """exp(mean of KL(p(y|x) ‖ p(y))) over the images of each split, and its mean over the splits.

    Args:
        scores: [N, C], a row an image: logits.
        splits: number of equal parts, to within one image, into which the shuffled images are divided.
        seed: integer seed of the shuffling.
        probabilities: `scores` are probabilities that sum to 1 in each row, and no logits.

    Raises:
        ValueError: no finite [N, C]; fewer images than splits; probabilities below 0 or with another sum.
    """
    if splits < 1:
        raise ValueError(f"splits: expected at least 1, got {splits}.")
    rows = checked_rows("scores", scores, at_least=splits)
    rows = _checked_probabilities(rows) if probabilities else np.exp(rows - logsumexp(rows, axis=1, keepdims=True))
    shuffled = rows[np.random.default_rng(seed).permutation(len(rows))]
    parts = [_score(part) for part in np.array_split(shuffled, splits)]
    return InceptionScore(float(np.mean(parts)), float(np.std(parts)), len(rows), splits)


def _score(conditional: np.ndarray) -> float:
    marginal = conditional.mean(axis=0)
    # KL(p(y|x) ‖ p(y)), averaged over x, is the entropy of p(y) less the mean entropy of p(y|x)
    divergence = xlogy(conditional, conditional).sum(axis=1).mean() - xlogy(marginal, marginal).sum()
    return float(np.exp(divergence))


def _checked_probabilities(rows: np.ndarray) -> np.ndarray:
    sums = rows.sum(axis=1)
    if rows.min() < 0.0 or np.abs(sums - 1.0).max() > _SUM_WITHIN:
        raise ValueError(
            f"scores: expected probabilities that sum to 1 in each row, got values from {rows.min():g} with sums from "
            f"{sums.min():g} to {sums.max():g}; logits are given without `probabilities`."
        )
    normalised: np.ndarray = rows / sums[:, None]
    return normalised
