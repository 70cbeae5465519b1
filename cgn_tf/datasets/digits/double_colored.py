"""Double-colored MNIST: a stroke of one colour on a ground of another (Sauer & Geiger 2021, section 4.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.digits.part import digit_part
from cgn_tf.datasets.digits.strokes import STROKE_ABOVE
from cgn_tf.datasets.digits.variant import jittered_colours, mixed_colours
from cgn_tf.types import Triplet

DOUBLE_COLORED_BACKGROUND_RGB = np.array(
    [
        (0, 100, 0), (0, 0, 139), (176, 48, 96), (255, 69, 0), (255, 255, 0),
        (222, 184, 135), (0, 255, 0), (0, 255, 255), (255, 0, 255), (100, 149, 237),
    ],
    np.uint8,
)  # fmt: skip
"""Background colours of double-colored MNIST, class by class."""

DOUBLE_COLORED_STROKE_RGB = np.roll(DOUBLE_COLORED_BACKGROUND_RGB, -4, axis=0)
"""Stroke colours of double-colored MNIST: class i has the background of class (i + 4) mod 10."""

DOUBLE_COLORED_STD = 0.01


class DoubleColored:
    """Binarised stroke of one colour on a background of another, each with a slight jitter a channel.

    Strokes and backgrounds share one list of colours, so where the two labels are independent, a tenth of the images
    show a stroke in the colour of its background.
    """

    def draws(self, count: int, key: Any) -> Any:
        """The jitter of (stroke, background), float32 [count, 2, 3]."""
        return tf.random.stateless_normal((count, 2, 3), key, stddev=DOUBLE_COLORED_STD)

    def render(self, digits: Any, labels: Triplet[Any], draws: Any) -> Any:
        """See `Variant.render`. Jittered colours are clipped, so that images keep to [-1, 1]."""
        stroke = jittered_colours(DOUBLE_COLORED_STROKE_RGB, labels.texture, draws[:, 0])
        background = jittered_colours(DOUBLE_COLORED_BACKGROUND_RGB, labels.background, draws[:, 1])
        mask = tf.cast(digits > STROKE_ABOVE, tf.float32)
        return mixed_colours(mask, 1.0 - mask, 2.0 * stroke - 1.0, 2.0 * background - 1.0)


DOUBLE_COLORED_MNIST = digit_part(
    "double_colored_mnist",
    "MNIST with stroke and background each in a colour of their class",
    lambda options: DoubleColored(),
    stroke_colours=DOUBLE_COLORED_STROKE_RGB,
)
