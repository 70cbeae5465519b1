"""The three ways to dress a grey digit: colored, double-colored and wildlife MNIST (Sauer & Geiger 2021, section 4.1).

A variant draws what is random in an image (`draws`), from an explicit key, and renders it (`render`), a function of its
arguments alone. Both work on whole batches.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from cgn_tf.data.digits import IMAGE_SIZE
from cgn_tf.data.textures import TEXTURE_SIZE, Textures
from cgn_tf.types import Triplet

COLORED_RGB = np.array(
    [
        (220, 20, 60), (0, 128, 128), (253, 233, 16), (0, 149, 182), (237, 145, 33),
        (145, 30, 188), (70, 240, 240), (250, 197, 187), (210, 245, 60), (128, 0, 0),
    ],
    np.uint8,
)  # fmt: skip
"""Stroke colours of colored MNIST, class by class."""

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

COLORED_STD = 0.02**0.5
DOUBLE_COLORED_STD = 0.01
STROKE_ABOVE = 25
"""A grey value above this, that is, above 0.1 of white, belongs to the binarised stroke."""


class Variant(Protocol):
    """What `DigitData` needs of a variant."""

    def draws(self, count: int, key: Any) -> Any:
        """Draws what is random in `count` images, a pure function of `key` (two int64); first dimension `count`."""

    def render(self, digits: Any, labels: Triplet[Any], draws: Any) -> Any:
        """Renders images, float32 [B, 32, 32, 3] in [-1, 1].

        Args:
            digits: grey, uint8 [B, 32, 32].
            labels: int32 [B] each; the texture's dresses the stroke.
            draws: B of the above.
        """


class Colored:
    """Grey stroke times the colour of its class, on black.

    The colour of an image is jittered by one normal draw a channel (variance 0.02 of the range 0..1) and clipped.
    """

    def draws(self, count: int, key: Any) -> Any:
        """The jitter, float32 [count, 3]."""
        return tf.random.stateless_normal((count, 3), key, stddev=COLORED_STD)

    def render(self, digits: Any, labels: Triplet[Any], draws: Any) -> Any:
        """See `Variant.render`."""
        colour = _jittered(COLORED_RGB, labels.texture, draws)
        grey = tf.cast(digits, tf.float32) / 255.0
        # grey · 2 · colour + 1 · (−1): black is −1
        return _weighted(grey, tf.ones_like(grey), 2.0 * colour, -tf.ones_like(colour))


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
        stroke = _jittered(DOUBLE_COLORED_STROKE_RGB, labels.texture, draws[:, 0])
        background = _jittered(DOUBLE_COLORED_BACKGROUND_RGB, labels.background, draws[:, 1])
        mask = tf.cast(digits > STROKE_ABOVE, tf.float32)
        return _weighted(mask, 1.0 - mask, 2.0 * stroke - 1.0, 2.0 * background - 1.0)


class Wildlife:
    """Binarised stroke out of a striped texture on a veined one, each a random 32×32 crop."""

    def __init__(self, textures: Textures) -> None:
        self._foreground = _row_windows(textures.foreground)
        self._background = _row_windows(textures.background)

    def draws(self, count: int, key: Any) -> Any:
        """The crops' corners (row, column) for (stroke, background), int32 [count, 2, 2]."""
        return tf.random.stateless_uniform((count, 2, 2), key, 0, _OFFSETS, tf.int32)

    def render(self, digits: Any, labels: Triplet[Any], draws: Any) -> Any:
        """See `Variant.render`."""
        stroke = _crops(self._foreground, labels.texture, draws[:, 0])
        background = _crops(self._background, labels.background, draws[:, 1])
        mask = tf.tile((digits > STROKE_ABOVE)[..., None], (1, 1, 1, 3))
        mask = tf.reshape(mask, (-1, IMAGE_SIZE, IMAGE_SIZE * 3))
        image = tf.cast(tf.where(mask, stroke, background), tf.float32) / 127.5 - 1.0
        return tf.reshape(image, (-1, IMAGE_SIZE, IMAGE_SIZE, 3))


def digit_variant(name: str, textures: Textures | None) -> Variant:
    """The variant "colored", "double_colored" or "wildlife"; the last needs textures.

    Raises:
        ValueError: an unknown name, wildlife without textures, or textures that no 32×32 crops can be cut from.
    """
    if name == "colored":
        return Colored()
    if name == "double_colored":
        return DoubleColored()
    if name != "wildlife":
        raise ValueError(f"variant: expected colored, double_colored or wildlife, got {name!r}.")
    if textures is None:
        raise ValueError("variant wildlife: expected textures, got None; see load_textures.")
    return Wildlife(textures)


# Corners of a 32×32 crop lie in [0, _OFFSETS).
_OFFSETS = TEXTURE_SIZE - IMAGE_SIZE + 1


def _jittered(palette: np.ndarray, labels: Any, jitter: Any) -> Any:
    """The colours of the classes plus a jitter [B, 3], clipped to [0, 1]; float32 [B, 3]."""
    colours = tf.constant(palette.astype(np.float32) / np.float32(255.0))
    return tf.clip_by_value(tf.gather(colours, labels) + jitter, 0.0, 1.0)


def _weighted(weight: Any, other_weight: Any, colour: Any, other_colour: Any) -> Any:
    """`weight · colour + other_weight · other_colour`; weights [B, 32, 32], colours [B, 3] → [B, 32, 32, 3].

    Written as a product of matrices, which is four times as fast here as broadcasting over a last axis of 3.
    """
    weights = tf.reshape(tf.stack([weight, other_weight], axis=-1), (-1, IMAGE_SIZE**2, 2))
    mixed = tf.matmul(weights, tf.stack([colour, other_colour], axis=1))
    return tf.reshape(mixed, (-1, IMAGE_SIZE, IMAGE_SIZE, 3))


def _row_windows(textures: np.ndarray) -> Any:
    """Every run of 32 pixels in every row, uint8 [10 · 156 · 125, 96]: 19 MB that make a crop 32 plain copies."""
    expected = (10, TEXTURE_SIZE, TEXTURE_SIZE, 3)
    if textures.shape != expected or textures.dtype != np.uint8:
        raise ValueError(f"textures: expected uint8 {expected}, got {textures.dtype} {textures.shape}.")
    windows = np.lib.stride_tricks.sliding_window_view(textures, IMAGE_SIZE, axis=2)  # [10, 156, 125, 3, 32]
    windows = np.moveaxis(windows, -1, -2).reshape(-1, IMAGE_SIZE * 3)
    with tf.device("CPU:0"):
        return tf.constant(windows)


def _crops(windows: Any, labels: Any, corners: Any) -> Any:
    """The 32×32 crops of the labels' textures at `corners` [B, 2], uint8 [B, 32, 96] (pixels and channels flat)."""
    rows = labels[:, None] * TEXTURE_SIZE + corners[:, :1] + tf.range(IMAGE_SIZE)[None]
    return tf.gather(windows, rows * _OFFSETS + corners[:, 1:])
