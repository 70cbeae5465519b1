"""What goes into a metric: finite numbers of the shape that it expects."""

from __future__ import annotations

from typing import Any

import numpy as np


def checked_rows(name: str, values: Any, *, at_least: int = 1, width: int | None = None) -> np.ndarray:
    """`values` as float64 [N, D].

    Args:
        name: of the argument, for the message.
        values: numbers, a sample a row.
        at_least: the smallest N.
        width: the only D; None: any from 1.

    Raises:
        ValueError: another shape, fewer rows, NaN or an infinity.
    """
    rows = np.asarray(values)
    expected = f"{name}: expected finite numbers of shape [N, {'D' if width is None else width}]"
    if rows.ndim != 2 or not rows.shape[1] or (width is not None and rows.shape[1] != width):
        raise ValueError(f"{expected}, got shape {list(rows.shape)}.")
    if rows.dtype.kind not in "fiub":
        raise ValueError(f"{expected}, got {rows.dtype}.")
    if len(rows) < at_least:
        raise ValueError(f"{name}: expected at least {at_least:,} samples, got {len(rows):,}.")
    rows = rows.astype(np.float64, copy=False)
    if not np.isfinite(rows).all():
        wrong = int((~np.isfinite(rows)).any(axis=1).argmax())
        raise ValueError(f"{expected}, got NaN or an infinity, first in row {wrong:,}.")
    return rows
