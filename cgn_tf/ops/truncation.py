"""Checks of a truncation where its value is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from keras import ops


def checked_truncation(truncation: Any, maximum: float = 1.0, name: str = "truncation") -> Any:
    """A truncation as float32, [] or [B].

    Args:
        truncation: a number, or [B].
        maximum: 1 for what normalises by it; infinity for a mere factor, which may also be 0.
        name: of the argument.

    Raises:
        ValueError: another shape, or a value that is known and out of range.
    """
    if not hasattr(truncation, "dtype"):
        truncation = np.asarray(truncation, np.float32)
    if len(truncation.shape) > 1:
        raise ValueError(f"{name}: expected a number or shape [B], got shape {tuple(truncation.shape)}.")
    try:
        values = np.asarray(truncation)
    except (NotImplementedError, TypeError):  # a symbolic tensor has no values yet
        values = None
    is_factor = math.isinf(maximum)
    if values is not None:
        allowed = (values >= 0) & np.isfinite(values) if is_factor else (values > 0) & (values <= maximum)
        if not np.all(allowed):
            expected = "finite numbers from 0 on" if is_factor else f"values in (0, {maximum:g}]"
            raise ValueError(f"{name}: expected {expected}, got {values.reshape(-1)[:5].tolist()}.")
    return ops.cast(truncation, "float32")
