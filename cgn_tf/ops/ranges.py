"""Clipping, with a choice of gradient where it clips."""

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


def clip_inward(x: Any, low: float, high: float) -> Any:
    """Clips to [low, high]; outside the range the gradient passes where descent leads back into it, and is else zero.

    What is out of range can be called back, as with `clip_straight_through`, but is not driven further out: there a
    loss that depends on clipped values alone has no gradient.
    """

    @ops.custom_gradient
    def clipping(values: Any) -> Any:
        def gradient(*upstreams: Any, upstream: Any = None) -> Any:
            above = upstreams[0] if upstream is None else upstream
            outward = ops.logical_or(
                ops.logical_and(values <= low, above > 0), ops.logical_and(values >= high, above < 0)
            )
            return ops.where(outward, ops.zeros_like(above), above)

        return ops.clip(values, low, high), gradient

    return clipping(x)
