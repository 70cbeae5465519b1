"""What was found about a classifier on ImageNet and its variants: as JSON, as Markdown and as plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cgn_tf.evaluation.interval import proportion_interval
from cgn_tf.evaluation.robustness.imagenet_sets import CORRUPTED, SEVERITIES
from cgn_tf.render.markdown import markdown_table, pictures
from cgn_tf.render.plots import Point, bars, heat_maps

TOP = (1, 5)


@dataclass(frozen=True)
class SetResult:
    """Of one set of images.

    Attributes:
        ranks: reader → int [N], how many classes are ahead of the true one.
        classes: the number of classes that occur.
        restricted: whether was decided among these alone.
    """

    ranks: Mapping[str, np.ndarray]
    classes: int
    restricted: bool

    def correct(self, reader: str, top: int) -> np.ndarray:
        """Bool [N], whether the true class is among the first `top`."""
        found: np.ndarray = self.ranks[reader] < top
        return found

    @property
    def images(self) -> int:
        """N."""
        return len(next(iter(self.ranks.values())))


@dataclass(frozen=True)
class ImagenetReport:
    """Of one classifier.

    Attributes:
        classifier: its name.
        sets: name of a set → result.
    """

    classifier: str
    sets: Mapping[str, SetResult]

    @property
    def readers(self) -> list[str]:
        """Who decides."""
        return list(next(iter(self.sets.values())).ranks)

    @property
    def corruptions(self) -> dict[str, dict[int, SetResult]]:
        """Corruption → severity → result."""
        found: dict[str, dict[int, SetResult]] = {}
        for name, result in self.sets.items():
            if name.startswith(f"{CORRUPTED}/"):
                kind, _, severity = name.partition("/")[2].rpartition("_")
                found.setdefault(kind, {})[int(severity)] = result
        return found

    @property
    def others(self) -> dict[str, SetResult]:
        """The sets that are no corruptions."""
        return {name: result for name, result in self.sets.items() if not name.startswith(f"{CORRUPTED}/")}

    def corrupted_mean(self, reader: str) -> float | None:
        """Mean top-1 over all corrupted sets, in [0, 1]; None: there are none."""
        shares = [one.correct(reader, 1).mean() for kind in self.corruptions.values() for one in kind.values()]
        return float(np.mean(shares)) if shares else None

    def as_json(self) -> dict[str, Any]:
        """For report.json."""
        return {
            "sets": {
                name: {
                    "images": one.images,
                    "classes": one.classes,
                    "decided_among_these": one.restricted,
                    "readers": {
                        reader: {f"top{top}": float(one.correct(reader, top).mean()) for top in TOP}
                        | {f"top{top}_correct": int(one.correct(reader, top).sum()) for top in TOP}
                        for reader in one.ranks
                    },
                }
                for name, one in self.sets.items()
            },
            "corrupted_mean_top1": {reader: self.corrupted_mean(reader) for reader in self.readers},
        }

    def plots(self) -> Iterator[tuple[str, str, Figure]]:
        """Section, name of the file, and figure of each plot."""
        if self.others:
            groups, series = [], {f"top-{top}": [] for top in TOP}  # type: ignore[var-annotated]
            for name, one in self.others.items():
                for reader in self.readers:
                    groups.append(name if len(self.readers) == 1 else f"{name}\n{reader}")
                    for top in TOP:
                        series[f"top-{top}"].append(Point(100 * float(one.correct(reader, top).mean()), None))
            yield "accuracy", "accuracy.png", bars(groups, series, {})
        if corruptions := self.corruptions:
            maps = {}
            for reader in self.readers:
                table = np.full((len(corruptions), len(SEVERITIES)), np.nan)
                for row, kind in enumerate(corruptions.values()):
                    for severity, one in kind.items():
                        table[row, severity - 1] = 100 * one.correct(reader, 1).mean()
                maps[f"{reader}: top-1, %"] = table
            columns = list(map(str, SEVERITIES))
            yield (
                "corruptions",
                "corruptions.png",
                heat_maps(maps, list(corruptions), columns, "corruption", "severity"),
            )

    def as_markdown(self, plots: Mapping[str, Sequence[str]]) -> str:
        """The text of report.md; `plots`: section → names of files beside it."""
        parts = [f"# {self.classifier} on ImageNet's classes"]
        if self.others:
            parts += [
                "## Accuracy, %",
                "In brackets 95 % intervals (Wilson). Classes in brackets: decided among these alone.",
                self._table(),
                *pictures(plots, "accuracy"),
            ]
        if self.corruptions:
            parts += ["## Corruptions: top-1, %", *self._corruption_tables(), *pictures(plots, "corruptions")]
        return "\n\n".join(parts) + "\n"

    def _table(self) -> str:
        rows = []
        for name, one in self.others.items():
            for reader in self.readers:
                cells = []
                for top in TOP:
                    right = one.correct(reader, top)
                    low, high = proportion_interval(float(right.mean()), len(right))
                    cells.append(f"{100 * right.mean():.2f} ({100 * low:.1f} to {100 * high:.1f})")
                classes = f"({one.classes})" if one.restricted else str(one.classes)
                rows.append([name, reader, f"{one.images:,}", classes, *cells])
        return markdown_table(["images of", "decides", "images", "classes", *(f"top-{top}" for top in TOP)], rows)

    def _corruption_tables(self) -> list[str]:
        parts = []
        for reader in self.readers:
            rows = [
                [
                    kind,
                    *(f"{100 * found[s].correct(reader, 1).mean():.1f}" if s in found else "–" for s in SEVERITIES),
                    f"{100 * np.mean([one.correct(reader, 1).mean() for one in found.values()]):.1f}",
                ]
                for kind, found in self.corruptions.items()
            ]
            mean = self.corrupted_mean(reader)
            parts += [
                f"{reader}: {100 * (mean or 0.0):.2f} on average over all of these sets.",
                markdown_table(["corruption", *map(str, SEVERITIES), "mean"], rows),
            ]
        return parts
