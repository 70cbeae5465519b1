"""Clipping with a choice of gradient, and 8-bit values."""

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


def as_uint8(images: Any, low: float = -1.0, high: float = 1.0) -> Any:
    """[low, high] → uint8 as `cgn_tf.render.grid` does, half to even, inside a graph."""
    # a sum, not a difference: TensorFlow joins the two with what comes before in different ways, and some pixels
    # would round otherwise than in the data sets that are there already
    return ops.cast(ops.round(ops.clip((images + -low) / (high - low), 0.0, 1.0) * 255.0), "uint8")
