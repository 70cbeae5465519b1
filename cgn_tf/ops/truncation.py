"""Checks of a truncation where its value is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops


def checked_truncation(truncation: Any) -> Any:
    """A truncation as float32, [] or [B]; ValueError where its value is known and not in (0, 1]."""
    if not hasattr(truncation, "dtype"):
        truncation = np.asarray(truncation, np.float32)
    if len(truncation.shape) > 1:
        raise ValueError(f"truncation: expected a number or shape [B], got shape {tuple(truncation.shape)}.")
    try:
        values = np.asarray(truncation)
    except (NotImplementedError, TypeError):  # a symbolic tensor has no values yet
        values = None
    if values is not None and not (np.all(values > 0) and np.all(values <= 1)):
        raise ValueError(f"truncation: expected values in (0, 1], got {values.reshape(-1)[:5].tolist()}.")
    return ops.cast(truncation, "float32")
