"""Terms that keep a class from becoming one image: what two draws of a class differ by, up to a target.

After mode seeking (Mao et al. 2019), with an end: what differs enough is the critic's to judge.
"""

from __future__ import annotations

from typing import Any

from keras import ops

_EMPTY = 0.02
"""Added to sizes, for masks and images with nothing in them."""
_CELL = 4
"""Pixels: images are compared by the means of such squares, so that grain does not count as variety."""


def masks(mask: Any, target: float = 0.5) -> Any:
    """By how much two masks of one class and different noise differ too little: max(0, 1 − d/target).

    d is the mean absolute difference of the two over the mean of both; for real strokes of one digit it is 0.74 to
    1.04.

    Args:
        mask: [B, H, W, 1], B even; masks 2i and 2i + 1 are of one class.
        target: of d.

    Returns:
        [B], the same for the two masks of a pair.
    """
    return _lack(mask, mask, target)


def images(image: Any, target: float = 0.4) -> Any:
    """By how much two images of one class and different noise differ too little: max(0, 1 − d/target).

    d is the mean absolute difference of the two over the mean absolute deviation of a pixel from the mean colour of its
    image, both of means over 4×4 pixels; real images of one class have 0.6 in colored and double-colored MNIST and 1.3
    in wildlife MNIST.

    Args:
        image: [B, H, W, C], B even, H and W multiples of 4; images 2i and 2i + 1 are of one class.
        target: of d.

    Returns:
        [B], the same for the two images of a pair.
    """
    cells = ops.average_pool(image, _CELL, _CELL)
    return _lack(cells, ops.abs(cells - ops.mean(cells, axis=(1, 2), keepdims=True)), target)


def _lack(values: Any, sizes: Any, target: float) -> Any:
    """What the differences of pairs of `values` lack, relative to the mean of `sizes`; both [B, H, W, C] → [B]."""
    pairs = ops.reshape(values, (-1, 2, *values.shape[1:]))
    difference = ops.mean(ops.abs(pairs[:, 0] - pairs[:, 1]), axis=(1, 2, 3))
    # a constant: larger differences are wanted, not smaller masks or paler images
    size = ops.stop_gradient(ops.mean(ops.reshape(sizes, (-1, 2, *sizes.shape[1:])), axis=(1, 2, 3, 4)))
    return ops.repeat(ops.relu(1.0 - difference / (size + _EMPTY) / target), 2)
