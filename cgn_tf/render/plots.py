"""Plots of percentages: bars with intervals, tables of colours, a curve over a count."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgn_tf.files.atomic import write_atomically

_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44")
"""Paul Tol's bright palette: told apart by colour-blind readers, too."""
_DPI = 120


def colour(number: int) -> str:
    """The colour of a series; from the fifth on they come again."""
    return _COLOURS[number % len(_COLOURS)]


class Point(NamedTuple):
    """A percentage and half the width of its interval; None where there is no interval."""

    value: float
    half: float | None


def bars(
    groups: Sequence[str],
    series: Mapping[str, Sequence[Point | None]],
    published: Mapping[str, Sequence[float | None]],
    chance: float | None = None,
    label: str = "accuracy, %",
) -> Figure:
    """Groups of bars, one a series, with intervals as whiskers and the values at their feet.

    Args:
        groups: titles on the axis, G of them; shown as they are, dollar signs too.
        series: title → G points; None for no bar.
        published: title of a series → G values, drawn as lines across its bars; None for no line.
        chance: drawn as a dotted line.
        label: of the axis of values.
    """
    figure = Figure(figsize=(max(6.0, 2.2 + 1.9 * len(groups)), 4.6), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(series)
    lines: list[tuple[float, float, float]] = []
    for i, (title, points) in enumerate(series.items()):
        shown = [(g + (i - (len(series) - 1) / 2) * width, point) for g, point in enumerate(points) if point]
        places, values = [place for place, _ in shown], [point.value for _, point in shown]
        axes.bar(places, values, width * 0.94, color=colour(i), label=title)
        for place, point in shown:
            if point.half is not None:
                axes.errorbar(place, point.value, point.half, color="black", capsize=3, linewidth=1)
            # in the bar, where neither whisker nor line can cross it
            axes.text(place, 1.5, f"{point.value:.1f}", ha="center", color="white", size=8, weight="bold")
        for place, value in zip(range(len(groups)), published.get(title, ()), strict=False):
            if value is not None:
                middle = place + (i - (len(series) - 1) / 2) * width
                lines.append((value, middle - width / 2, middle + width / 2))
    if lines:
        heights, begins, ends = zip(*lines, strict=True)
        axes.hlines(heights, begins, ends, color="black", linestyle=(0, (2, 1)), linewidth=1.5, label="paper")
    if chance is not None:
        axes.axhline(chance, color="grey", linestyle=":", linewidth=1, label="chance")
    axes.set_xticks(range(len(groups)), groups, parse_math=False)
    _percent(axes, label)
    figure.legend(loc="outside upper center", ncols=len(series) + 2, frameon=False)
    return figure


def heat_maps(
    maps: Mapping[str, np.ndarray], rows: Sequence[str], columns: Sequence[str], row_label: str, column_label: str
) -> Figure:
    """Tables of percentages beside each other, each cell with its number, darker where it is higher.

    Args:
        maps: title → [R, C] in 0..100; NaN stays empty.
        rows: R texts, shown as they are, dollar signs too; the next likewise.
        columns: C texts.
        row_label: of the axis, as the next.
        column_label: below.
    """
    margin = 0.09 * max(map(len, rows))
    size = len(maps) * (0.44 * len(columns) + 0.7) + margin, max(2.2, 0.4 * len(rows) + 1.4)
    figure = Figure(figsize=size, layout="constrained")
    every = figure.subplots(1, len(maps), squeeze=False)[0]
    for i, (axes, (title, values)) in enumerate(zip(every, maps.items(), strict=True)):
        axes.imshow(values, cmap="Blues", vmin=0, vmax=100, aspect="auto")
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                colour = "white" if value > 60 else "black"
                axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=colour, size=8)
        axes.set_xticks(range(len(columns)), columns, parse_math=False)
        axes.set_yticks(range(len(rows)), rows if i == 0 else [""] * len(rows), parse_math=False)
        axes.set_title(title, size=10, parse_math=False)
        axes.set_xlabel(column_label)
        if i == 0:
            axes.set_ylabel(row_label)
    return figure


def curve(
    counts: Sequence[int],
    series: Mapping[str, Sequence[Point | None]],
    single: Mapping[str, Sequence[Sequence[float]]],
    published: float | None,
    count_label: str,
) -> Figure:
    """Means over a logarithmic axis of counts, with intervals, and what each mean is of as dots.

    Args:
        counts: K, rising.
        series: title → K points; None for none.
        single: title → the K lists of values that the points are means of.
        published: drawn as a dashed line.
        count_label: of the axis.
    """
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    axes = figure.subplots()
    for i, (title, points) in enumerate(series.items()):
        shown = [(count, point) for count, point in zip(counts, points, strict=True) if point]
        # beside each other, so that whiskers do not hide one another
        aside = 1.08**i
        places, values = [count * aside for count, _ in shown], [point.value for _, point in shown]
        axes.plot(places, values, "o-", color=colour(i), label=title)
        for place, (_, point) in zip(places, shown, strict=True):
            if point.half is not None:
                axes.errorbar(place, point.value, point.half, color=colour(i), capsize=4, linewidth=1)
        for count, ones in zip(counts, single[title], strict=True):
            axes.plot([count * aside * 1.035] * len(ones), ones, ".", color=colour(i), alpha=0.5, markersize=4)
    if published is not None:
        axes.axhline(published, color="black", linestyle="--", linewidth=1.2, label="paper, test")
    axes.set_xscale("log")
    axes.set_xlim(counts[0] / 2, counts[-1] * 2)
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.set_xticks([], minor=True)
    axes.set_xlabel(count_label)
    axes.set_ylabel("accuracy, % (dots: single seeds)")
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)
    axes.legend(frameon=False)
    return figure


def write_plot(path: Path, figure: Figure) -> None:
    """Writes a figure as PNG, whole or not at all.

    Raises:
        OSError: as `write_atomically` does.
    """
    encoded = io.BytesIO()
    figure.savefig(encoded, format="png", dpi=_DPI)  # by Agg, which a figure made without pyplot has
    write_atomically(path, encoded.getvalue())


def _percent(axes: Axes, label: str) -> None:
    axes.set_ylim(0, 108)  # room for a number above a full bar
    axes.set_yticks(range(0, 101, 20))
    axes.set_ylabel(label)
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)
