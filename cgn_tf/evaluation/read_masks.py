"""What the digits suite tells of masks: how many a classifier of real strokes reads as their label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from cgn_tf.datasets.digits.sources import NUM_CLASSES
from cgn_tf.evaluation.report import short_names
from cgn_tf.render.markdown import markdown_table
from cgn_tf.render.plots import heat_maps

_CLASSES = [str(label) for label in range(NUM_CLASSES)]


class ReadMask(NamedTuple):
    """How the masks of one CGN were read.

    Attributes:
        directory: of the CGN.
        read: share of the masks that were read as their shape label, in [0, 1].
        read_by_class: the same, class by class.
    """

    directory: str
    read: float
    read_by_class: Sequence[float]


class ReadMasks(NamedTuple):
    """Those of all CGNs: a `MaskSection`.

    Attributes:
        masks: of each CGN.
        accuracy: of the classifier that reads masks, on real strokes, in [0, 1]; None where no CGN was judged.
    """

    masks: Sequence[ReadMask]
    accuracy: float | None

    def as_json(self) -> dict[str, Any]:
        """See `MaskSection`."""
        return {
            "mask_classifier_accuracy": self.accuracy,
            "masks": [one._asdict() | {"read_by_class": list(one.read_by_class)} for one in self.masks],
        }

    def as_markdown(self) -> list[str]:
        """See `MaskSection`."""
        if not self.masks:
            return []
        rows = [
            [name, f"{100 * one.read:.1f}", *(f"{100 * share:.1f}" for share in one.read_by_class)]
            for name, one in zip(self._names(), self.masks, strict=True)
        ]
        return [
            "## Masks that are read as their label, %",
            f"By a classifier of real strokes, which reads {100 * (self.accuracy or 0):.1f} % of the unseen real ones.",
            markdown_table(["CGN", "all", *_CLASSES], rows),
        ]

    def plot(self) -> Figure | None:
        """See `MaskSection`."""
        if not self.masks:
            return None
        shares = 100 * np.array([one.read_by_class for one in self.masks])
        names = [f"{name}  {100 * one.read:.1f}" for name, one in zip(self._names(), self.masks, strict=True)]
        return heat_maps({"masks that are read as their label, %": shares}, names, _CLASSES, "CGN, mean", "class")

    def _names(self) -> list[str]:
        return short_names([one.directory for one in self.masks])
