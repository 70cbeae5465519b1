"""Clipping with a choice of gradient."""

from __future__ import annotations

from typing import Any

from keras import ops


def clip(x: Any, low: float, high: float) -> Any:
    """Clips to [low, high]; the gradient is zero outside the range, as in the PyTorch reference."""
    return ops.clip(x, low, high)


def clip_straight_through(x: Any, low: float, high: float) -> Any:
    """Clips to [low, high]; the gradient passes as if nothing had been clipped.

    A mask net whose output leaves the range can then still be called back, which a plain clip makes impossible.
    """
    return x + ops.stop_gradient(ops.clip(x, low, high) - x)
