"""What was found about the shape bias of a classifier: as JSON, as Markdown and as plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from cgn_tf.evaluation.interval import proportion_interval
from cgn_tf.evaluation.robustness.consistency import Consistency
from cgn_tf.evaluation.robustness.published_shape_bias import COUNTED, ENSEMBLE, HUMANS
from cgn_tf.evaluation.robustness.shape_bias import Decisions, ShapeBias, bias_by_class, bias_interval, shape_bias
from cgn_tf.metrics.bootstrap import BootstrapInterval
from cgn_tf.render.dot_rows import dot_rows
from cgn_tf.render.markdown import LEFT, RIGHT, markdown_table, pictures
from cgn_tf.render.plots import Point, bars

_ABOUT = (
    "Each stimulus has the shape of one category and the texture of another (Geirhos et al. 2019). The probabilities "
    "of the outputs of a category are averaged; the category with the highest mean is the decision, and of equal ones "
    "the first by name. Shape bias: decisions for the shape / (decisions for shape or texture), 0 where there is "
    "neither. In brackets 95 % intervals, by bootstrap over the stimuli; of top-1 Wilson's."
)


class Reader:
    """One observer that the report is about: a head, or all heads together.

    Attributes:
        decisions: on all stimuli, those with one category for both among them.
        counts: of those with two.
        interval: of the bias.
        by_class: category of the shape → counts.
    """

    def __init__(self, decisions: Decisions, categories: Sequence[str], seed: int) -> None:
        self.decisions = decisions
        self.counts = shape_bias(decisions)
        self.interval: BootstrapInterval = bias_interval(decisions, seed)
        self.by_class = bias_by_class(decisions, categories)

    def as_json(self) -> dict[str, Any]:
        """For report.json."""
        return {
            **_counts(self.counts),
            "shape_bias_interval": [self.interval.low, self.interval.high],
            "by_class": {name: _counts(counts) for name, counts in self.by_class.items()},
        }


@dataclass(frozen=True)
class ShapeBiasReport:
    """Of one classifier.

    Attributes:
        classifier: its name.
        dropped: stimuli that were left out, because shape and texture are of one category.
        readers: by name.
        consistency: with other observers.
    """

    classifier: str
    dropped: int
    readers: Mapping[str, Reader]
    consistency: Sequence[Consistency]

    def as_json(self) -> dict[str, Any]:
        """For report.json."""
        return {
            "stimuli": self._first.counts.stimuli,
            "dropped_equal": self.dropped,
            "readers": {name: reader.as_json() for name, reader in self.readers.items()},
            "error_consistency": [one._asdict() for one in self.consistency],
        }

    def plots(self) -> Iterator[tuple[str, str, Figure]]:
        """Section, name of the file, and figure of each plot."""
        counts = [reader.counts for reader in self.readers.values()]
        yield (
            "decisions",
            "decisions.png",
            bars(
                list(self.readers),
                {
                    word: [Point(100 * getattr(one, word) / one.stimuli, None) for one in counts]
                    for word in ("shape", "texture", "other")
                },
                {},
                label="decisions, % of the stimuli",
            ),
        )
        rows = list(self._first.by_class)
        yield (
            "classes",
            "shape_bias.png",
            dot_rows(
                rows,
                {name: [_percent(reader.by_class[row]) for row in rows] for name, reader in self.readers.items()},
                {name: 100 * reader.counts.bias for name, reader in self.readers.items()},
                "shape bias, %",
                ("texture", "shape"),
            ),
        )

    def as_markdown(self, plots: Mapping[str, Sequence[str]]) -> str:
        """The text of report.md; `plots`: section → names of files beside it."""
        stimuli = self._first.counts.stimuli
        parts = [
            f"# Shape bias of {self.classifier}",
            f"{stimuli:,} stimuli; {self.dropped:,} more were left out, whose shape and texture are of one category. "
            f"{_ABOUT}",
            "## Decisions",
            self._table(),
            *pictures(plots, "decisions"),
            "## Shape bias by the category of the shape, %",
            self._class_table(),
            *pictures(plots, "classes"),
            *self._consistency(),
            "## Published, for comparison",
            f"Counted on all 1,280 stimuli from public decisions; the mean of ten humans is {HUMANS:.2f} %. The heads "
            "of Sauer & Geiger's invariant ensemble (2021): "
            + ", ".join(f"{head} {value} %" for head, value in ENSEMBLE.items())
            + ".",
            markdown_table(
                ["observer", "shape", "texture", "shape bias, %"],
                [[who, str(one.shape), str(one.texture), f"{100 * one.bias:.2f}"] for who, one in COUNTED],
            ),
        ]
        return "\n\n".join(parts) + "\n"

    @property
    def _first(self) -> Reader:
        return next(iter(self.readers.values()))

    def _table(self) -> str:
        rows = []
        for name, reader in self.readers.items():
            counts, interval = reader.counts, reader.interval
            low, high = proportion_interval(counts.accuracy, counts.stimuli)
            rows.append(
                [
                    name,
                    *(f"{one:,}" for one in (counts.shape, counts.texture, counts.other)),
                    f"{100 * counts.bias:.2f} ({100 * interval.low:.1f} to {100 * interval.high:.1f})",
                    f"{100 * counts.accuracy:.2f} ({100 * low:.1f} to {100 * high:.1f})",
                ]
            )
        return markdown_table(["decides", "shape", "texture", "other", "shape bias, %", "top-1 of the shape, %"], rows)

    def _class_table(self) -> str:
        rows = []
        for row, counts in self._first.by_class.items():
            cells = [reader.by_class[row] for reader in self.readers.values()]
            shown = [f"{_shown(one)} ({one.shape}/{one.texture})" for one in cells]
            rows.append([row, f"{counts.stimuli:,}", *shown])
        return markdown_table(["shape", "stimuli", *self.readers], rows)

    def _consistency(self) -> list[str]:
        if not self.consistency:
            return []
        rows = [
            [
                one.reader,
                one.observer,
                f"{one.stimuli:,}",
                f"{100 * one.observer_accuracy:.2f}",
                "–" if one.kappa is None else f"{one.kappa:.3f}",
                f"{one.observed:.3f}",
                f"{one.expected:.3f}",
            ]
            for one in self.consistency
        ]
        head = ["decides", "observer", "stimuli", "observer's top-1, %", "κ", "observed", "expected"]
        return [
            "## Error consistency",
            "Cohen's κ of being right about the shape, on the stimuli that both have seen (Geirhos, Meding & Wichmann "
            "2020): 1 for errors on the same stimuli, 0 for as many in common as by chance.",
            markdown_table(head, rows, [LEFT, LEFT, *[RIGHT] * 5]),
        ]


def _counts(counts: ShapeBias) -> dict[str, Any]:
    return {
        **counts._asdict(),
        "other": counts.other,
        "shape_bias": counts.bias,
        "shape_top1": counts.accuracy,
    }


def _percent(counts: ShapeBias) -> float | None:
    """The bias in percent; None where no decision is for shape or texture, of which a dot would tell nothing."""
    return 100 * counts.bias if counts.shape + counts.texture else None


def _shown(counts: ShapeBias) -> str:
    percent = _percent(counts)
    return "–" if percent is None else f"{percent:.1f}"
