"""Who decides: the heads of a classifier, and all of them together, each with a class for an image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.evaluation.robustness.heads import AVERAGE, head_probabilities


class Readers(NamedTuple):
    """The heads of a classifier, whose outputs stand for the classes of a data set.

    Attributes:
        classifier: any.
        classes: int [K], the class of each output, or -1.
        average: see `head_probabilities`.
    """

    classifier: Classifier
    classes: np.ndarray
    average: str

    @property
    def names(self) -> list[str]:
        """Of the heads, and "average" where there are several."""
        heads = self.classifier.heads
        return [*heads, AVERAGE] if heads else [self.classifier.name]

    def decided(self, logits: np.ndarray) -> np.ndarray:
        """The class that each reader decides: [N, H, K] → int [readers, N]; -1 where the output stands for none."""
        shares = head_probabilities(logits, self.classifier.name, self.classifier.heads, self.average)
        return np.stack([self.classes[one.argmax(axis=1)] for one in shares.values()])
