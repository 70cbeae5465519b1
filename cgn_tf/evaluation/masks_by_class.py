"""What the images suite tells of masks: how large and how decided they are, class by class, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from cgn_tf.evaluation.cgn_samples import cgn_samples
from cgn_tf.evaluation.mask_problems import MaskFigures, mask_figures, mask_problems
from cgn_tf.evaluation.report import short_names
from cgn_tf.models.cgn import CGN
from cgn_tf.render.class_titles import class_titles
from cgn_tf.render.markdown import markdown_table
from cgn_tf.render.plots import heat_maps

_MAX_COLUMNS = 30
"""Classes up to which tables and plots show each; report.json has those of more."""


class JudgedMasks(NamedTuple):
    """The masks of one CGN: its directory, and their figures."""

    directory: str
    figures: MaskFigures


class MasksByClass(NamedTuple):
    """Those of all CGNs: a `MaskSection`.

    Attributes:
        masks: of each CGN.
        class_names: of class 0, 1, …
    """

    masks: Sequence[JudgedMasks]
    class_names: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """See `MaskSection`; shares are in [0, 1], a list has a figure a class."""
        return {"masks": [self._one_json(one) for one in self.masks]}

    def as_markdown(self) -> list[str]:
        """See `MaskSection`."""
        if not self.masks:
            return []
        rows = []
        shown = len(self.class_names) <= _MAX_COLUMNS
        for name, one in zip(self._names(), self.masks, strict=True):
            shares = {"mean": one.figures.mean, "decided pixels": one.figures.decided}
            for what, values in shares.items():
                by_class = [f"{100 * value:.1f}" for value in values] if shown else []
                rows.append([name, what, f"{100 * values.mean():.1f}", *by_class])
        return [
            "## Masks class by class, %",
            "Mean of the masks, and their pixels within 0.1 of 0 or 1. Whether a mask shows the object of its class, "
            "no figure here says: look at the sample grids of the CGN for that.",
            markdown_table(["CGN", "", "all", *(self.class_names if shown else ())], rows),
            *self._problems(),
        ]

    def plot(self) -> Figure | None:
        """See `MaskSection`."""
        if not self.masks or len(self.class_names) > _MAX_COLUMNS:
            return None
        maps = {
            "mean of the masks, %": 100 * np.array([one.figures.mean for one in self.masks]),
            "decided pixels, %": 100 * np.array([one.figures.decided for one in self.masks]),
        }
        titles = class_titles(range(len(self.class_names)), self.class_names)
        return heat_maps(maps, self._names(), titles, "CGN", "class")

    def _problems(self) -> Iterator[str]:
        """A sentence for each way in which masks are wrong; one that says so where none is."""
        for name, one in zip(self._names(), self.masks, strict=True):
            problems = mask_problems(one.figures)
            if not problems:
                yield f"{name}: no masks are empty, full, undecided, inverted, or alike in all classes."
            for problem in problems:
                yield f"{name}: {problem.told(self.class_names)}."

    def _one_json(self, one: JudgedMasks) -> dict[str, Any]:
        figures = one.figures
        return {
            "directory": one.directory,
            "mean": float(figures.mean.mean()),
            "mean_by_class": figures.mean.round(4).tolist(),
            "decided_by_class": figures.decided.round(4).tolist(),
            "border_excess_by_class": figures.border_excess.round(4).tolist(),
            "problems": [
                {"problem": problem.kind, "classes": list(problem.classes)} for problem in mask_problems(figures)
            ],
        }

    def _names(self) -> list[str]:
        return short_names([one.directory for one in self.masks])


def judge_masks(directory: str, cgn: CGN, samples: int, seed: int, truncation: float) -> JudgedMasks:
    """Judges the masks of a CGN on images of all classes in equal number; for the arguments see `cgn_samples`."""
    drawn = cgn_samples(cgn, max(samples, cgn.num_classes), seed, counterfactual=False, truncation=truncation)
    masks, labels = zip(*((np.asarray(composite.mask), labels.shape) for composite, labels in drawn), strict=True)
    return JudgedMasks(directory, mask_figures(np.concatenate(masks), np.concatenate(labels)))
