"""Fidelity and diversity from neighbours: improved precision and recall, density and coverage.

Precision and recall: Kynkäänniemi et al. 2019, arXiv 1904.06991. Density and coverage: Naeem et al. 2020, arXiv
2002.09797.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from cgn_tf.metrics.checked import checked_rows

_BLOCK = 2**24
"""Distances that are held at a time, 128 MB."""
_ROUNDING = 1e-13
"""Squared distances below this share of the squared lengths are those of equal rows."""


class ManifoldScores(NamedTuple):
    """Shares in [0, 1], but for density, which has no bound above.

    Attributes:
        precision: of the generated samples, those within the ball of a real one: at most as far from it as its k-th
            neighbour among the real ones.
        recall: of the real samples, those within the ball of a generated one.
        density: the number of balls of real samples that a generated one is inside of, over k; the mean.
        coverage: of the real samples, those with a generated one inside their ball.
        k: the number of the neighbour that gives a ball its radius.
        counts: the number of real and of generated samples.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    k: int
    counts: tuple[int, int]


def manifold_scores(real: Any, generated: Any, k: int = 3) -> ManifoldScores:
    """The four scores, by Euclidean distances; memory does not grow with the product of the numbers of samples.

    The border of a ball belongs to it in precision and recall, and not in density and coverage, as in the papers' code.

    Args:
        real: [N, D], features.
        generated: [M, D].
        k: which neighbour, from 1; a sample is none of its own.

    Raises:
        ValueError: arrays that do not fit or are not finite, or no more than k samples in one.
    """
    if k < 1:
        raise ValueError(f"k: expected at least 1, got {k}.")
    true = checked_rows("real", real, at_least=k + 1)
    made = checked_rows("generated", generated, at_least=k + 1, width=true.shape[1])
    # differences stay, and what large means would cost in digits does not arise
    centre = true.mean(axis=0)
    true, made = true - centre, made - centre
    true_radii, made_radii = _radii(true, k), _radii(made, k)
    precise, inside = np.zeros(len(made), bool), 0
    recalled, covered = [], []
    for rows, distances in _squared_distances(true, made):
        radii = true_radii[rows, None]
        precise |= (distances <= radii).any(axis=0)
        recalled.append((distances <= made_radii).any(axis=1))
        within = distances < radii
        inside += int(within.sum())
        covered.append(within.any(axis=1))
    return ManifoldScores(
        precision=float(precise.mean()),
        recall=float(np.concatenate(recalled).mean()),
        density=inside / (k * len(made)),
        coverage=float(np.concatenate(covered).mean()),
        k=k,
        counts=(len(true), len(made)),
    )


def _radii(rows: np.ndarray, k: int) -> np.ndarray:
    """Squared distance of each row to its k-th neighbour, itself not counted."""
    return np.concatenate(
        # the row itself is the nearest, at 0
        [np.partition(distances, k, axis=1)[:, k] for _, distances in _squared_distances(rows, rows)]
    )


def _squared_distances(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Some rows of `a`, and their squared distances to all of `b`, until there are no more."""
    a_lengths, b_lengths = (np.einsum("nd,nd->n", rows, rows) for rows in (a, b))
    step = max(1, _BLOCK // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, start + step)
        lengths = a_lengths[rows, None] + b_lengths
        distances = lengths - 2.0 * (a[rows] @ b.T)
        distances[distances < _ROUNDING * lengths] = 0.0
        yield rows, distances
