"""The kernel distance of two sets of features (Bińkowski et al. 2018, arXiv 1801.01401): KID with Inception's."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cgn_tf.metrics.checked import checked_rows


class KernelDistance(NamedTuple):
    """The squared maximum mean discrepancy, estimated on subsets.

    Attributes:
        mean: over the subsets; an unbiased estimate, so it can be below 0 where the sets are alike.
        std: population standard deviation over the subsets; 0 of one.
        subsets: their number; 1 where a subset is the whole of both sets, of which there are no others.
        subset_size: samples of each set in a subset.
    """

    mean: float
    std: float
    subsets: int
    subset_size: int


def kernel_distance(a: Any, b: Any, subsets: int = 100, subset_size: int = 1_000, seed: int = 0) -> KernelDistance:
    """Unbiased MMD² with the kernel (x·y / D + 1)³, section 4 of the paper.

    Args:
        a: [N, D], the features of a set.
        b: [M, D], those of the other.
        subsets: number of pairs of subsets, each drawn without replacement.
        subset_size: of each subset; fewer where a set has fewer samples, which the result says.
        seed: integer seed of the subsets.

    Raises:
        ValueError: arrays that do not fit or are not finite, fewer than 2 samples, or numbers out of range.
    """
    if subsets < 1 or subset_size < 2:
        raise ValueError(f"expected at least 1 subset of at least 2 samples, got {subsets} of {subset_size}.")
    first = checked_rows("a", a, at_least=2)
    second = checked_rows("b", b, at_least=2, width=first.shape[1])
    size = min(subset_size, len(first), len(second))
    random = np.random.default_rng(seed)
    number = 1 if size == len(first) == len(second) else subsets
    found = []
    for _ in range(number):
        x, y = (rows[random.choice(len(rows), size, replace=False)] for rows in (first, second))
        found.append(_discrepancy(x, y))
    return KernelDistance(float(np.mean(found)), float(np.std(found)), number, size)


def _discrepancy(x: np.ndarray, y: np.ndarray) -> float:
    """Of two sets of the same number: pairs of a sample with itself do not count."""
    count = len(x)
    within = 0.0
    for rows in (x, y):
        kernel = _kernel(rows, rows)
        within += (kernel.sum() - np.trace(kernel)) / (count * (count - 1))
    return float(within - 2.0 * _kernel(x, y).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    base = x @ y.T / x.shape[1] + 1.0
    cube: np.ndarray = base * base * base
    return cube
