"""Whether the true class is the first, or among the first five, of a classifier."""

from __future__ import annotations

import numpy as np


def rank_of_truth(scores: np.ndarray, labels: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
    """How many classes are ahead of the true one: 0 is top-1, below 5 is top-5.

    Of equal scores the class with the smaller index is ahead, as in `argmax`.

    Args:
        scores: [N, K], logits or probabilities.
        labels: int [N].
        classes: indices among which is decided; None: all. Each label is one of them.

    Returns:
        int [N].
    """
    truth = scores[np.arange(len(labels)), labels][:, None]
    ahead = (scores > truth) | ((scores == truth) & (np.arange(scores.shape[1]) < labels[:, None]))
    counted: np.ndarray = (ahead if classes is None else ahead[:, classes]).sum(axis=1)
    return counted
