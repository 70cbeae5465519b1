"""The inverse square root of all normalisations."""

from __future__ import annotations

from typing import Any

from keras import ops


def rsqrt(x: Any) -> Any:
    """`1 / √x`, more exact than `rsqrt`, which on a CPU is an approximation and a correction of it.

    Not written as a division: that one TensorFlow's graphs, unlike its eager mode, turn into `rsqrt`.
    """
    return ops.reciprocal(ops.sqrt(x))
