from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.datasets.class_pools import class_pools
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
