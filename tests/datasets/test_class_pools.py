from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.datasets.class_pools import class_examples, class_pools
from cgn_tf.datasets.contract import LabelledBatch
from cgn_tf.datasets.in_order import in_order
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.types import Triplet


def test_the_first_images_of_each_class() -> None:
    images = np.tile(np.arange(6, dtype=np.uint8)[:, None, None, None], (1, 4, 4, 3))
    classes = np.array([1, 0, 1, 1, 0, 0])
    pools = class_pools(StoredImages(images, Triplet.same(classes), seed=0, num_classes=2), 2)
    assert (pools.shape, pools.dtype) == ((2, 2, 4, 4, 3), np.float32)
    assert np.rint((pools[..., 0, 0, 0] + 1) * 127.5).tolist() == [[1, 4], [0, 2]]


def test_a_class_with_too_few_images_is_told() -> None:
    images = np.zeros((4, 4, 4, 3), np.uint8)
    data = StoredImages(images, Triplet.same(np.array([0, 0, 0, 1])), seed=0, num_classes=2)
    with pytest.raises(ValueError, match="size: expected at most 1 images of each class, got 2"):
        class_pools(data, 2)


class Rare:
    """Images that are grey by their class; class 2 comes only once, behind 1,200 others, and class 3 never."""

    num_classes = 4
    image_size = 2

    def __init__(self) -> None:
        self.labels = np.array([0, 1] * 600 + [2], np.int32)
        self.ways = 0

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, step: Any, batch_size: int) -> LabelledBatch:
        assert (int(step), batch_size) == (0, 256)
        return self._at(tf.range(batch_size), 0.5)

    def ordered(self, batch_size: int) -> tf.data.Dataset:
        self.ways += 1
        return in_order(self._at, len(self), batch_size)

    def _at(self, indices: Any, brighter: float = 0.0) -> LabelledBatch:
        labels = tf.gather(self.labels, indices)
        grey = tf.cast(labels, tf.float32)[:, None, None, None] / 10 + brighter
        return LabelledBatch(Triplet.same(labels), tf.broadcast_to(grey, (tf.size(labels), 2, 2, 3)))


def test_an_image_of_each_class_and_black_for_one_that_there_is_not() -> None:
    data = Rare()
    examples = class_examples(data, [2, 0, 3, 1])
    assert (examples.shape, examples.dtype, data.ways) == ((4, 2, 2, 3), np.float32, 1)
    for image, level in zip(examples, (0.2, 0.5, -1.0, 0.6), strict=True):
        np.testing.assert_array_equal(image, np.float32(level))


def test_the_first_batch_is_enough_where_it_has_every_class() -> None:
    data = Rare()
    np.testing.assert_array_equal(class_examples(data, [1, 0])[:, 0, 0, 0], np.array([0.6, 0.5], np.float32))
    assert data.ways == 0
