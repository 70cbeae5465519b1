"""A plot of percentages in rows: a dot a series in each row, and a line for the whole of a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from cgn_tf.render.class_titles import short_title
from cgn_tf.render.plots import colour

_MARKERS = "osD^vP"


def dot_rows(
    rows: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    whole: Mapping[str, float],
    label: str,
    ends: tuple[str, str],
) -> Figure:
    """Rows from top to bottom, 0 % on the left.

    Args:
        rows: R titles.
        series: title → R percentages; None for no dot.
        whole: title of a series → percentage, drawn as a line from top to bottom.
        label: of the axis.
        ends: what 0 % and 100 % mean, written at the ends of the axis.
    """
    figure = Figure(figsize=(6.8, 1.9 + 0.28 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for i, (title, values) in enumerate(series.items()):
        shown = [(value, row) for row, value in enumerate(values) if value is not None]
        # one above the other, so that equal values hide none
        aside = (i - (len(series) - 1) / 2) * 0.5 / len(series)
        places, heights = [value for value, _ in shown], [row + aside for _, row in shown]
        marker = _MARKERS[i % len(_MARKERS)]
        axes.plot(places, heights, marker, color=colour(i), markersize=6, label=title, clip_on=False, zorder=3)
        if title in whole:
            axes.axvline(whole[title], color=colour(i), linewidth=1.2, linestyle="--", zorder=2)
    axes.set_yticks(range(len(rows)), [short_title(row) for row in rows], parse_math=False)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-2, 102)
    axes.set_xticks(range(0, 101, 20))
    axes.set_xlabel(f"{label}\n(0: {ends[0]}, 100: {ends[1]}; dashed: all rows together)")
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper center", ncols=min(4, len(series)), frameon=False)
    return figure
