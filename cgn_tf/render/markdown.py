"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

LEFT, RIGHT = "---", "---:"
"""How the cells of a column are aligned."""


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], aligned: Sequence[str] = ()) -> str:
    """A table of one line a row, without a line break at the end; bars in the cells are escaped.

    Args:
        head: titles of the columns.
        rows: cells, as many in each row as titles.
        aligned: `LEFT` or `RIGHT` for each column; empty: the first one left, the others right.
    """
    rule = list(aligned) or [LEFT, *[RIGHT] * (len(head) - 1)]
    return "\n".join([_row(head), f"| {' | '.join(rule)} |", *map(_row, rows)])


def pictures(plots: Mapping[str, Sequence[str]], section: str) -> list[str]:
    """The pictures of a section, a line each.

    Args:
        plots: section → names of files beside the text.
        section: one of them; of others there are no pictures.
    """
    return [f"![{Path(name).stem.replace('_', ' ')}]({name})" for name in plots.get(section, ())]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
