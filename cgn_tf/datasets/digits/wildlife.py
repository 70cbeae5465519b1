"""Wildlife MNIST: a striped stroke on a veined background (Sauer & Geiger 2021, section 4.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.digits.licences import digit_licences, texture_licences
from cgn_tf.datasets.digits.options import DigitOptions
from cgn_tf.datasets.digits.part import digit_part
from cgn_tf.datasets.digits.sources import IMAGE_SIZE, NUM_CLASSES
from cgn_tf.datasets.digits.strokes import STROKE_ABOVE
from cgn_tf.datasets.digits.textures import TEXTURE_SIZE, Textures, load_textures, texture_files
from cgn_tf.types import Triplet

_OFFSETS = TEXTURE_SIZE - IMAGE_SIZE + 1
"""Corners of a 32×32 crop lie in [0, _OFFSETS)."""


class Wildlife:
    """Binarised stroke out of a striped texture on a veined one, each a random 32×32 crop.

    Args:
        textures: one of each class, for strokes and for backgrounds.

    Raises:
        ValueError: textures that no 32×32 crops can be cut from.
    """

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


def _row_windows(textures: np.ndarray) -> Any:
    """Every run of 32 pixels in every row, uint8 [10 · 156 · 125, 96]: 19 MB that make a crop 32 plain copies."""
    expected = (NUM_CLASSES, TEXTURE_SIZE, TEXTURE_SIZE, 3)
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


def _variant(options: DigitOptions) -> Wildlife:
    return Wildlife(load_textures(options.textures, options.data_dir or None))


WILDLIFE_MNIST = digit_part(
    "wildlife_mnist",
    "MNIST with striped strokes on veined backgrounds",
    _variant,
    licences=lambda options: digit_licences(options) + texture_licences(options),
    texture_files=lambda options: texture_files(options.textures),
)
