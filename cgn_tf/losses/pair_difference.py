"""How far two draws of one class differ, up to a target.

After mode seeking (Mao et al. 2019), with an end: what differs enough is the discriminator's to judge.
"""

from __future__ import annotations

from typing import Any

from keras import ops

_EMPTY = 0.02
"""Added to sizes, for masks and images with nothing in them."""


def missing_difference(values: Any, sizes: Any, target: float) -> Any:
    """max(0, 1 − d/target), where d is the mean absolute difference of two neighbours over the mean of `sizes`.

    Args:
        values: [B, H, W, C], B even; 2i and 2i + 1 are compared.
        sizes: [B, H, W, C], what differences are relative to; no gradient flows into it.
        target: of d.

    Returns:
        [B], the same for the two of a pair.
    """
    pairs = ops.reshape(values, (-1, 2, *values.shape[1:]))
    difference = ops.mean(ops.abs(pairs[:, 0] - pairs[:, 1]), axis=(1, 2, 3))
    # a constant: larger differences are wanted, not smaller masks or paler images
    size = ops.stop_gradient(ops.mean(ops.reshape(sizes, (-1, 2, *sizes.shape[1:])), axis=(1, 2, 3, 4)))
    return ops.repeat(ops.relu(1.0 - difference / (size + _EMPTY) / target), 2)
