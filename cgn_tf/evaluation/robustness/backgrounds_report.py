"""What was found about a classifier and backgrounds: as JSON, as Markdown and as plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cgn_tf.evaluation.interval import proportion_interval
from cgn_tf.evaluation.robustness.adversarial import Challenge
from cgn_tf.evaluation.robustness.background_gap import Gap
from cgn_tf.render.class_titles import short_title
from cgn_tf.render.markdown import markdown_table, pictures
from cgn_tf.render.plots import Point, bars, heat_maps

MAX_CLASSES = 30
"""Classes up to which a table of them can be read as a plot."""
PUBLISHED: tuple[tuple[str, tuple[float, float, float]], ...] = (
    ("ResNet-50", (95.6, 86.2, 78.9)),
    ("ResNet-152", (96.7, 89.3, 83.5)),
    ("VGG16-BN", (94.3, 83.6, 73.4)),
    ("invariant ensemble (Sauer & Geiger 2021)", (94.2, 83.4, 80.1)),
)
"""Who, and accuracy in percent on original, mixed_same and mixed_rand of ImageNet-9."""
PUBLISHED_CHALLENGE = 22.3
"""Foregrounds of ImageNet-9 that ResNet-50 recognises on all backgrounds, %."""


@dataclass(frozen=True)
class BackgroundsReport:
    """Of one classifier.

    Attributes:
        classifier: its name.
        classes: names.
        size: height and width in pixels of what the network saw.
        labels: set → int [N].
        correct: reader → set → bool [N].
        gaps: reader → mixed_same minus mixed_rand; empty where these are not there.
        challenge: None: it was left out.
    """

    classifier: str
    classes: Sequence[str]
    size: int
    labels: Mapping[str, np.ndarray]
    correct: Mapping[str, Mapping[str, np.ndarray]]
    gaps: Mapping[str, Gap]
    challenge: Challenge | None

    def by_class(self, reader: str) -> np.ndarray:
        """Accuracy in percent, [classes, sets]; NaN for a class without images."""
        found = np.full((len(self.classes), len(self.labels)), np.nan)
        for column, (name, labels) in enumerate(self.labels.items()):
            for row in np.unique(labels):
                found[row, column] = 100 * self.correct[reader][name][labels == row].mean()
        return found

    def as_json(self) -> dict[str, Any]:
        """For report.json."""
        readers = {}
        for reader, sets in self.correct.items():
            by_class = self.by_class(reader)
            readers[reader] = {
                "sets": {
                    name: {
                        "images": len(right),
                        "correct": int(right.sum()),
                        "accuracy": float(right.mean()),
                        "by_class": {
                            one: None if np.isnan(share) else share / 100
                            for one, share in zip(self.classes, by_class[:, column].tolist(), strict=True)
                        },
                    }
                    for column, (name, right) in enumerate(sets.items())
                },
                "background_gap": self.gaps[reader]._asdict() if reader in self.gaps else None,
            }
        challenge = (
            None if self.challenge is None else {**self.challenge._asdict(), "holds": dict(self.challenge.holds)}
        )
        return {"size_seen": self.size, "readers": readers, "adversarial_backgrounds": challenge}

    def plots(self) -> Iterator[tuple[str, str, Figure]]:
        """Section, name of the file, and figure of each plot."""
        series = {
            reader: [Point(100 * float(right.mean()), None) for right in sets.values()]
            for reader, sets in self.correct.items()
        }
        yield "accuracy", "accuracy.png", bars(list(self.labels), series, {})
        if len(self.classes) <= MAX_CLASSES:
            maps = {f"{reader}: accuracy, %": self.by_class(reader) for reader in self.correct}
            columns = [name.replace("_", "\n", 1) for name in self.labels]
            rows = list(map(short_title, self.classes))
            yield "classes", "classes.png", heat_maps(maps, rows, columns, "class", "images")

    def as_markdown(self, plots: Mapping[str, Sequence[str]]) -> str:
        """The text of report.md; `plots`: section → names of files beside it."""
        parts = [
            f"# Backgrounds and {self.classifier}",
            f"{len(self.classes)} classes; the network saw {self.size}×{self.size} pixels. The answer is the class "
            "that the highest of all outputs stands for; one that stands for no class is wrong. In brackets 95 % "
            "intervals (Wilson).",
            "## Accuracy, %",
            markdown_table(["decides", *self.labels], [self._row(reader) for reader in self.correct]),
            "Images: " + ", ".join(f"{len(labels):,} ({name})" for name, labels in self.labels.items()) + ".",
            *pictures(plots, "accuracy"),
            *self._gaps(),
            *self._challenge(),
            *self._classes(),
            *pictures(plots, "classes"),
            "## Published, for comparison: ImageNet-9, %",
            markdown_table(
                ["classifier", "original", "mixed_same", "mixed_rand", "gap"],
                [[who, *map(str, three), f"{three[1] - three[2]:.1f}"] for who, three in PUBLISHED],
            ),
        ]
        return "\n\n".join(parts) + "\n"

    def _row(self, reader: str) -> list[str]:
        cells = []
        for right in self.correct[reader].values():
            low, high = proportion_interval(float(right.mean()), len(right))
            cells.append(f"{100 * right.mean():.2f} ({100 * low:.1f} to {100 * high:.1f})")
        return [reader, *cells]

    def _gaps(self) -> list[str]:
        if not self.gaps:
            return []
        drawn = "in pairs of one foreground" if next(iter(self.gaps.values())).paired else "set by set"
        rows = [
            [reader, f"{100 * gap.value:.2f} ({100 * gap.low:.1f} to {100 * gap.high:.1f})"]
            for reader, gap in self.gaps.items()
        ]
        return [
            "## Background gap: mixed_same − mixed_rand, percentage points",
            f"In brackets the 95 % interval by bootstrap, images drawn {drawn}.",
            markdown_table(["decides", "gap"], rows),
        ]

    def _challenge(self) -> list[str]:
        if self.challenge is None:
            return []
        one = self.challenge
        every = one.backgrounds == one.available
        which = "all" if every else f"{one.backgrounds:,} of the"
        masks = "by its mask" if one.masked else "where only_fg is not black"
        note = (
            f" On all backgrounds of ImageNet-9 ResNet-50 holds in {PUBLISHED_CHALLENGE} %."
            if every
            else " With more backgrounds fewer hold: figures on other numbers of them do not compare."
        )
        rows = []
        for reader, share in one.holds.items():
            low, high = proportion_interval(share, one.foregrounds)
            rows.append([reader, f"{100 * share:.2f} ({100 * low:.1f} to {100 * high:.1f})"])
        return [
            "## Adversarial backgrounds, %",
            f"Each of {one.foregrounds:,} foregrounds, cut out {masks}, on {which} {one.available:,} images of "
            f"only_bg_t: the share that is recognised on every one.{note}",
            markdown_table(["decides", "holds"], rows),
        ]

    def _classes(self) -> list[str]:
        parts = ["## Accuracy class by class, %"]
        for reader in self.correct:
            rows = [
                [name, *("–" if np.isnan(share) else f"{share:.1f}" for share in shares)]
                for name, shares in zip(self.classes, self.by_class(reader).tolist(), strict=True)
            ]
            parts += [f"{reader}:", markdown_table(["class", *self.labels], rows)]
        return parts
