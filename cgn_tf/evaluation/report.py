"""What a suite found about classifiers, and about the masks of the CGNs beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from matplotlib.figure import Figure

from cgn_tf.evaluation.classifier_evaluation import SeedGroup
from cgn_tf.evaluation.published import PAPER
from cgn_tf.types import Triplet

COUNTERFACTUAL_METHOD = "cgn"
"""The method whose training images are counterfactuals, so that their number is worth a curve."""
SPLIT_TITLES = {
    "train": "train",
    "validation": "validation",
    "test": "test",
    "official_test": "official test",
    "counterfactuals": "counterfactuals",
}


class MaskSection(Protocol):
    """What a suite found about the masks of CGNs; its figures are those of that suite alone."""

    def as_json(self) -> dict[str, Any]:
        """Entries of report.json."""

    def as_markdown(self) -> list[str]:
        """Heading and tables; nothing where no CGN was judged."""

    def plot(self) -> Figure | None:
        """The figures as a plot; None where no CGN was judged."""


class Report(NamedTuple):
    """Everything that was found.

    Attributes:
        dataset: name of the data set.
        class_names: of class 0, 1, …
        images: split → number of images on which every classifier was tested.
        about: sentences about these splits.
        groups: the classifiers.
        confused_on: the split on which predictions are held against labels.
        factors: those whose labels differ from one another there.
        by_class_on: the split whose accuracy is told class by class; None: none.
        masks: of the CGNs.
    """

    dataset: str
    class_names: Sequence[str]
    images: Mapping[str, int]
    about: str
    groups: Sequence[SeedGroup]
    confused_on: str
    masks: MaskSection
    factors: Sequence[str] = Triplet._fields
    by_class_on: str | None = None

    @property
    def chance(self) -> float:
        """The accuracy of a guess, in percent."""
        return 100 / len(self.class_names)

    @property
    def published(self) -> Mapping[str, Any]:
        """Method → what the paper has of this data set; empty where it has nothing."""
        return PAPER.get(self.dataset, {})

    def counterfactual_groups(self) -> list[SeedGroup]:
        """Those that learned from counterfactuals, by their number."""
        return [group for group in self.groups if group.method == COUNTERFACTUAL_METHOD]


def short_names(directories: Sequence[str]) -> list[str]:
    """The last part of each path, or as many parts as tell them apart."""
    split = [Path(directory).parts for directory in directories]
    deepest = max(map(len, split), default=1)
    for depth in range(1, deepest + 1):
        names = ["/".join(parts[-depth:]) for parts in split]
        if len(set(names)) == len(names):
            return names
    return list(directories)
