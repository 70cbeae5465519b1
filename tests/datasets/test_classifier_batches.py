from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.datasets.classifier_batches import ClassifierBatches, Part
from cgn_tf.datasets.digits.colored import Colored
from cgn_tf.datasets.digits.digit_dataset import DigitDataset
from cgn_tf.datasets.digits.sources import Digits
from cgn_tf.datasets.random_affine import RandomAffine
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.types import Triplet


def stored(count: int = 7, seed: int = 0) -> StoredImages:
    """Image i is i in all pixels, and has labels i, i + 1 and i + 2, modulo 10."""
    images = np.tile(np.arange(count, dtype=np.uint8)[:, None, None, None], (1, 32, 32, 3))
    return StoredImages(images, Triplet(*((np.arange(count) + k) % 10 for k in range(3))), seed, 10)


def indices(images: tf.Tensor) -> list[int]:
    """Which of the images of `stored` are in a batch."""
    return np.rint((np.asarray(images)[:, 0, 0, 0] + 1) * 127.5).astype(int).tolist()


@pytest.mark.parametrize(("factor", "offset"), [("shape", 0), ("texture", 1), ("background", 2)])
def test_the_label_is_a_factor(factor: str, offset: int) -> None:
    batch = ClassifierBatches([Part(stored(), 4)], factor).batch(tf.constant(2, tf.int64))
    assert set(batch) == {"image", "label"}
    assert batch["label"].dtype == tf.int32
    np.testing.assert_array_equal(batch["label"], (np.array(indices(batch["image"])) + offset) % 10)


def test_mixed(digits: Digits) -> None:
    original = DigitDataset(Colored(), digits, split_is_test=False, seed=0)
    batches = ClassifierBatches([Part(original, 3), Part(stored(), 5)])
    assert (len(batches), batches.batch_size) == (37 + 7, 8)
    batch = batches.batch(2)
    np.testing.assert_array_equal(batch["image"][:3], original.batch(2, 3).image)
    np.testing.assert_array_equal(batch["label"][3:], stored().batch(2, 5).labels.shape)


def test_environments_come_along(digits: Digits) -> None:
    original = DigitDataset(Colored(), digits, split_is_test=False, seed=0, environments=(1.0, 0.9))
    batch = ClassifierBatches([Part(original, 4)]).batch(0)
    assert batch["environment"].numpy().tolist() == [0, 1, 0, 1]


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="parts: expected at least one image of each"):
        ClassifierBatches([Part(stored(), 0)])
    with pytest.raises(ValueError, match="factor: expected one of shape, texture, background, got 'colour'"):
        ClassifierBatches([Part(stored(), 1)], "colour")


def test_a_batch_is_warped_as_a_whole() -> None:
    warp = RandomAffine(1.0, seed=2)
    parts = [Part(striped(), 3), Part(striped(), 2)]
    plain, warped = (ClassifierBatches(parts, warp=which).batch(4) for which in (None, warp))
    np.testing.assert_array_equal(warped["image"], warp(plain["image"], 4))
    np.testing.assert_array_equal(warped["label"], plain["label"])
    assert np.abs(np.asarray(warped["image"]) - plain["image"]).max() > 0.1


def striped() -> StoredImages:
    images = np.zeros((7, 32, 32, 3), np.uint8)
    images[:, :, ::4] = 255
    return StoredImages(images, Triplet.same(np.arange(7)), 0, 10)
