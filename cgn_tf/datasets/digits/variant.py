"""A way to dress grey digits, and what such ways share.

A variant draws what is random in an image (`draws`), from an explicit key, and renders it (`render`), a function of its
arguments alone. Both work on whole batches.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.digits.sources import IMAGE_SIZE
from cgn_tf.types import Triplet


class Variant(Protocol):
    """What `DigitDataset` needs of a variant."""

    def draws(self, count: int, key: Any) -> Any:
        """Draws what is random in `count` images, a pure function of `key` (two int64); first dimension `count`."""

    def render(self, digits: Any, labels: Triplet[Any], draws: Any) -> Any:
        """Renders images, float32 [B, 32, 32, 3] in [-1, 1].

        Args:
            digits: grey, uint8 [B, 32, 32].
            labels: int32 [B] each; the texture's dresses the stroke.
            draws: B of what `draws` gives.
        """


def jittered_colours(palette: np.ndarray, labels: Any, jitter: Any) -> Any:
    """The colours of classes with a jitter.

    Args:
        palette: RGB of each class, uint8 [classes, 3].
        labels: int32 [B].
        jitter: float32 [B, 3], added to the colours in 0..1; the sum is clipped.

    Returns:
        float32 [B, 3] in [0, 1].
    """
    colours = tf.constant(palette.astype(np.float32) / np.float32(255.0))
    return tf.clip_by_value(tf.gather(colours, labels) + jitter, 0.0, 1.0)


def mixed_colours(weight: Any, other_weight: Any, colour: Any, other_colour: Any) -> Any:
    """`weight · colour + other_weight · other_colour`; weights [B, 32, 32], colours [B, 3] → [B, 32, 32, 3].

    Written as a product of matrices, which is four times as fast here as broadcasting over a last axis of 3.
    """
    weights = tf.reshape(tf.stack([weight, other_weight], axis=-1), (-1, IMAGE_SIZE**2, 2))
    mixed = tf.matmul(weights, tf.stack([colour, other_colour], axis=1))
    return tf.reshape(mixed, (-1, IMAGE_SIZE, IMAGE_SIZE, 3))
