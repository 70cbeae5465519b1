"""Random rotation, scaling, shear and shift of training images."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from cgn_tf.random_streams import Stream, stream_key

ROTATION = 15.0
"""Degrees."""
SCALE = 0.15
"""Of the logarithm of the factor, of each axis."""
SHEAR = 0.2
SHIFT = 2.0
"""Pixels, of each axis."""


class RandomAffine:
    """Gives each image of a batch an affine map of its own; a pure function of (seed, step).

    Rotation, logarithms of the two scales, shear and the two shifts are uniform between minus and plus `strength` times
    the module's constants. What comes into the image from outside is its mirror image at the edge.

    Args:
        strength: factor on the ranges, above 0.
        seed: of the draws.
    """

    def __init__(self, strength: float, seed: int) -> None:
        self.strength = strength
        self.seed = seed

    def __call__(self, images: Any, step: Any) -> Any:
        """Float32 [B, H, W, C] at a step, int64 [], → the same shape, bilinear; works eagerly and inside tf.data."""
        height, width = images.shape[1:3]
        key = stream_key(self.seed, Stream.AFFINE, tf.cast(step, tf.int64))
        drawn = tf.random.stateless_uniform([6, tf.shape(images)[0]], key, -self.strength, self.strength)
        angle, row_scale, column_scale, shear, down, right = tf.unstack(drawn)
        cosine, sine = tf.cos(math.radians(ROTATION) * angle), tf.sin(math.radians(ROTATION) * angle)
        x, y = tf.exp(SCALE * column_scale), tf.exp(SCALE * row_scale)
        # from a pixel of the result to the point that it shows: a rotation of a scaling with shear, about the middle
        matrix = ((cosine * x, SHEAR * shear * cosine - sine * y), (sine * x, SHEAR * shear * sine + cosine * y))
        centre, moved = ((width - 1) / 2, (height - 1) / 2), (SHIFT * right, SHIFT * down)
        rows = []
        for (a, b), middle, shift in zip(matrix, centre, moved, strict=True):
            rows += [a, b, middle - a * centre[0] - b * centre[1] + shift]
        nothing = tf.zeros_like(angle)  # no perspective
        warped = tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=tf.stack([*rows, nothing, nothing], axis=1),
            output_shape=[height, width],
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="REFLECT",
        )
        return tf.ensure_shape(warped, images.shape)
