from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.datasets.contract import LabelledBatch
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.types import Triplet


def stored(count: int = 7, seed: int = 0) -> StoredImages:
    """Image i is i in all pixels, and has labels i, i + 1 and i + 2, modulo 10."""
    images = np.tile(np.arange(count, dtype=np.uint8)[:, None, None, None], (1, 32, 32, 3))
    return StoredImages(images, Triplet(*((np.arange(count) + k) % 10 for k in range(3))), seed, 10)


def indices(batch: LabelledBatch) -> list[int]:
    """Which of the images of `stored` are in a batch."""
    return np.rint((np.asarray(batch.image)[:, 0, 0, 0] + 1) * 127.5).astype(int).tolist()


def test_every_image_comes_once_an_epoch_with_its_labels() -> None:
    source = stored()
    batches = [source.batch(step, 5) for step in range(7)]
    walk = np.concatenate([indices(batch) for batch in batches]).reshape(5, 7)
    for epoch in walk:
        assert sorted(epoch) == list(range(7))
    assert len({tuple(epoch) for epoch in walk}) > 1
    for batch in batches:
        assert batch.image.dtype == tf.float32
        for k, factor in enumerate(batch.labels):
            np.testing.assert_array_equal(factor, (np.array(indices(batch)) + k) % 10)
    np.testing.assert_array_equal(stored().batch(3, 5).image, batches[3].image)
    assert indices(stored(seed=1).batch(0, 7)) != indices(stored().batch(0, 7))


def test_in_order() -> None:
    batches = list(stored().ordered(3))
    assert [indices(batch) for batch in batches] == [[0, 1, 2], [3, 4, 5], [6]]
    np.testing.assert_array_equal(batches[1].labels.texture, [4, 5, 6])


def test_eight_bits_become_the_range_of_the_networks() -> None:
    images = np.tile(np.uint8([0, 255])[:, None, None, None], (1, 32, 32, 3))
    (batch,) = StoredImages(images, Triplet.same(np.zeros(2, int)), 0, 1).ordered(2)
    assert np.asarray(batch.image)[:, 0, 0, 0].tolist() == [-1, 1]


def test_wrong_arguments() -> None:
    images = np.zeros((2, 32, 32, 3), np.uint8)
    with pytest.raises(ValueError, match="images: expected uint8"):
        StoredImages(images / 1.0, Triplet.same(np.zeros(2)), 0, 10)
    with pytest.raises(ValueError, match=r"images: expected uint8 \[N, S, S, 3\], got uint8 \[2, 32, 16, 3\]"):
        StoredImages(images[:, :, :16], Triplet.same(np.zeros(2)), 0, 10)
    with pytest.raises(ValueError, match=r"labels: expected 2 of each factor, got \[2, 2, 3\]"):
        StoredImages(images, Triplet(np.zeros(2), np.zeros(2), np.zeros(3)), 0, 10)
    for label in (-1, 10):
        with pytest.raises(ValueError, match=r"labels: expected them in \[0, 10\)"):
            StoredImages(images, Triplet.same(np.zeros(2, int))._replace(texture=np.array([0, label])), 0, 10)
