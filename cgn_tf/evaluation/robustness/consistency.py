"""Whether a classifier errs on the stimuli that other observers err on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cgn_tf.evaluation.robustness.shape_bias import Decisions
from cgn_tf.metrics.error_consistency import error_consistency


class Consistency(NamedTuple):
    """A head, or all heads together, and another observer; see `cgn_tf.metrics.error_consistency`.

    Attributes:
        reader: name of the head.
        observer: name of the other one.
        stimuli: that both have seen.
        observer_accuracy: share of them on which the other one is right, in [0, 1].
        kappa, observed, expected: see `ErrorConsistency`.
    """

    reader: str
    observer: str
    stimuli: int
    observer_accuracy: float
    kappa: float | None
    observed: float
    expected: float


def consistencies(
    readers: Mapping[str, Decisions], keys: Sequence[str], observers: Mapping[str, Mapping[str, str]]
) -> list[Consistency]:
    """Compares every reader with every observer, on the stimuli whose two categories differ.

    Args:
        readers: name → decisions on N stimuli.
        keys: of the stimuli.
        observers: name → key → category; each has decided on at least one of the stimuli.
    """
    found = []
    for reader, decisions in readers.items():
        right = decisions.for_shape
        for observer, own in observers.items():
            seen = [i for i, key in enumerate(keys) if key in own and decisions.shapes[i] != decisions.textures[i]]
            if not seen:
                continue
            theirs = np.array([own[keys[i]] == decisions.shapes[i] for i in seen])
            one = error_consistency(right[seen], theirs)
            accuracy = float(theirs.mean())
            found.append(Consistency(reader, observer, one.images, accuracy, one.kappa, one.observed, one.expected))
    return found
