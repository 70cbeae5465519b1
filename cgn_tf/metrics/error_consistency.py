"""Error consistency: do two observers err on the same images (Geirhos, Meding and Wichmann 2020, arXiv 2006.16736)?"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class ErrorConsistency(NamedTuple):
    """Cohen's κ of the correctness of two observers.

    Attributes:
        kappa: (observed − expected) / (1 − expected): 1 where they err on the same images, 0 where as often on the same
            as independent observers would; None where both are always right or always wrong, which says nothing.
        observed: share of the images where both are right or both wrong.
        expected: that share for independent observers of the same accuracies, p₁p₂ + (1 − p₁)(1 − p₂).
        images: their number.
    """

    kappa: float | None
    observed: float
    expected: float
    images: int


def error_consistency(first: Any, second: Any) -> ErrorConsistency:
    """Compares two observers.

    Args:
        first: bool [N], whether an observer was right, image by image.
        second: that of the other observer on the same images.

    Raises:
        ValueError: no bool arrays of one length, or no images.
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.dtype != bool or b.dtype != bool or a.ndim != 1 or a.shape != b.shape or not len(a):
        raise ValueError(
            f"expected two arrays of bool [N], at least one image, got {a.dtype} {list(a.shape)} and {b.dtype} "
            f"{list(b.shape)}."
        )
    p, q, count = int(a.sum()), int(b.sum()), len(a)
    observed = float((a == b).mean())
    # in whole numbers, so that an expectation of 1 is one exactly
    agreeing = p * q + (count - p) * (count - q)
    expected = agreeing / count**2
    kappa = None if agreeing == count**2 else (observed - expected) / (1.0 - expected)
    return ErrorConsistency(kappa, observed, expected, count)
