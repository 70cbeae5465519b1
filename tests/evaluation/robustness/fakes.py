"""Small classifiers whose answers are known, and images that carry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.classifiers.geometry import Geometry

SIZE = 8


def reads_channel(channel: int, num_classes: int, heads: Sequence[str] = (), **changed: Any) -> Classifier:
    """A classifier whose answer is the mean of a channel, 10 grey levels a class; of each head its own channel.

    Args:
        channel: 0 red, 1 green, 2 blue; ignored with heads, which read one after the other.
        num_classes: K.
        heads: names of at most three.
        **changed: other attributes.
    """
    channels = list(range(len(heads))) if heads else [channel]

    def network(images: Any) -> Any:
        levels = tf.reduce_mean(tf.cast((images + 1.0) * 127.5, tf.float32), (1, 2))
        read = tf.gather(levels, channels, axis=1) / 10.0
        return -((tf.range(num_classes, dtype=tf.float32) - read[..., None]) ** 2)

    given = {"name": "fake", "any_size": True, **changed}
    return Classifier(
        network=network, geometry=Geometry(SIZE, SIZE), num_classes=num_classes, heads=tuple(heads), **given
    )


def constant(answer: int, num_classes: int) -> Classifier:
    """A classifier that always gives one answer."""

    def network(images: Any) -> Any:
        row = tf.one_hot([[answer]], num_classes) * 9.0
        return tf.tile(row, [tf.shape(images)[0], 1, 1])

    return Classifier("constant", network, Geometry(SIZE, SIZE), num_classes)


def write_levels(path: Path, *classes: int, size: int = SIZE) -> Path:
    """A PNG of one colour: red, green and blue are 10 times the classes (missing ones 0)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = [10 * one for one in classes] + [0] * (3 - len(classes))
    Image.fromarray(np.full((size, size, 3), colour, np.uint8)).save(path)
    return path


def write_stimuli(root: Path, pairs: Sequence[tuple[str, str]], places: Mapping[str, int], blue: int = 0) -> Path:
    """Cue-conflict stimuli of (shape, texture): red tells the shape, green the texture."""
    for number, (shape, texture) in enumerate(pairs, start=1):
        write_levels(root / shape / f"{shape}{number}-{texture}{number}.png", places[shape], places[texture], blue)
    return root
