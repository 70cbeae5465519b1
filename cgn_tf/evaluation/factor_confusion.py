"""What a classifier goes by: its predictions against the label of each factor, where the three are independent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cgn_tf.types import Triplet


class FactorConfusion(NamedTuple):
    """Predictions against the labels of one factor.

    Attributes:
        matrix: int64 [classes, classes], the number of images: a row a label, a column a prediction.
        agreement: percent of the images whose prediction equals the label.
    """

    matrix: np.ndarray
    agreement: float


def factor_confusion(
    predictions: np.ndarray, labels: Triplet[np.ndarray], num_classes: int
) -> Triplet[FactorConfusion]:
    """Counts each pair of label and prediction, factor by factor.

    A classifier of shapes agrees with the shape's label and, where labels are independent, with one in `num_classes` of
    the others'; one that took the short cut agrees with the texture's or the background's.

    Args:
        predictions: int [N], N ≥ 1, in [0, num_classes).
        labels: int [N] each, in [0, num_classes).
        num_classes: of every factor.

    Raises:
        ValueError: another shape, no images, or classes out of range.
    """
    for name, classes in [("predictions", predictions), *labels._asdict().items()]:
        if classes.shape != predictions.shape or classes.ndim != 1 or not len(classes):
            raise ValueError(f"{name}: expected int [N] as of {len(predictions)} predictions, got {classes.shape}.")
        if classes.min() < 0 or classes.max() >= num_classes:
            raise ValueError(f"{name}: expected [0, {num_classes}), got [{classes.min()}, {classes.max()}].")

    def against(factor: np.ndarray) -> FactorConfusion:
        pairs = np.bincount(factor.astype(np.int64) * num_classes + predictions, minlength=num_classes**2)
        return FactorConfusion(pairs.reshape(num_classes, num_classes), float((predictions == factor).mean() * 100))

    return Triplet(*map(against, labels))
