"""Colored MNIST: grey strokes in the colour of their class, on black (Sauer & Geiger 2021, section 4.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.digits.part import digit_part
from cgn_tf.datasets.digits.variant import jittered_colours, mixed_colours
from cgn_tf.types import Triplet

COLORED_RGB = np.array(
    [
        (220, 20, 60), (0, 128, 128), (253, 233, 16), (0, 149, 182), (237, 145, 33),
        (145, 30, 188), (70, 240, 240), (250, 197, 187), (210, 245, 60), (128, 0, 0),
    ],
    np.uint8,
)  # fmt: skip
"""Stroke colours of colored MNIST, class by class."""

COLORED_STD = 0.02**0.5


class Colored:
    """Grey stroke times the colour of its class, on black.

    The colour of an image is jittered by one normal draw a channel (variance 0.02 of the range 0..1) and clipped.
    """

    def draws(self, count: int, key: Any) -> Any:
        """The jitter, float32 [count, 3]."""
        return tf.random.stateless_normal((count, 3), key, stddev=COLORED_STD)

    def render(self, digits: Any, labels: Triplet[Any], draws: Any) -> Any:
        """See `Variant.render`."""
        colour = jittered_colours(COLORED_RGB, labels.texture, draws)
        grey = tf.cast(digits, tf.float32) / 255.0
        # grey · 2 · colour + 1 · (−1): black is −1
        return mixed_colours(grey, tf.ones_like(grey), 2.0 * colour, -tf.ones_like(colour))


COLORED_MNIST = digit_part(
    "colored_mnist",
    "MNIST with strokes in the colour of their class, on black",
    lambda options: Colored(),
    stroke_colours=COLORED_RGB,
)
