"""A data set of images in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.contract import LabelledBatch
from cgn_tf.datasets.epoch_shuffle import epoch_shuffle
from cgn_tf.datasets.in_order import in_order
from cgn_tf.types import Triplet


class StoredImages:
    """Images in memory as 8 bits, in an order that is shuffled anew each epoch: an `ImageDataset`.

    Args:
        images: uint8 [N, S, S, 3]; at least one.
        labels: int [N] each, in [0, num_classes).
        seed: integer seed of the order.
        num_classes: number of classes of every factor.
        class_names: what they are called; empty: they have no names.

    Raises:
        ValueError: images of another type or shape, none, not one label of each factor for an image, a label out of
            range, or not one name for each class.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: Triplet[np.ndarray],
        seed: int,
        num_classes: int,
        class_names: Sequence[str] = (),
    ) -> None:
        if images.ndim != 4 or images.shape[1] != images.shape[2] or images.dtype != np.uint8 or not len(images):
            raise ValueError(f"images: expected uint8 [N, S, S, 3], got {images.dtype} {list(images.shape)}.")
        if any(factor.shape != images.shape[:1] for factor in labels):
            raise ValueError(
                f"labels: expected {len(images)} of each factor, got {[len(factor) for factor in labels]}."
            )
        if any(factor.min() < 0 or factor.max() >= num_classes for factor in labels):
            raise ValueError(f"labels: expected them in [0, {num_classes}), got others.")
        if class_names and len(class_names) != num_classes:
            raise ValueError(f"class_names: expected {num_classes}, got {len(class_names)}.")
        self.seed = seed
        self.num_classes = num_classes
        self.image_size = images.shape[1]
        self.class_names = tuple(class_names)
        self._size = len(images)
        # On the CPU, where tf.data runs: captured from a GPU they would be copied for every batch.
        with tf.device("CPU:0"):
            self._images = tf.constant(images)
            self._labels = Triplet(*(tf.constant(factor, tf.int32) for factor in labels))

    def __len__(self) -> int:
        """The number of images."""
        return self._size

    def batch(self, step: Any, batch_size: int) -> LabelledBatch:
        """The batch of a step; see `Dataset.batch`."""
        positions = tf.cast(step, tf.int64) * batch_size + tf.range(batch_size, dtype=tf.int64)
        return self._at(epoch_shuffle(positions, self._size, self.seed))

    def ordered(self, batch_size: int) -> tf.data.Dataset:
        """Every image once; see `ImageDataset.ordered`."""
        return in_order(self._at, self._size, batch_size)

    def _at(self, indices: Any) -> LabelledBatch:
        images = tf.cast(tf.gather(self._images, indices), tf.float32) / 127.5 - 1.0
        return LabelledBatch(Triplet(*(tf.gather(factor, indices) for factor in self._labels)), images)
