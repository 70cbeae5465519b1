from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.data.classifier_batches import ClassifierBatches, Part, StoredImages
from cgn_tf.data.digit_dataset import DigitData
from cgn_tf.data.digits import Digits
from cgn_tf.data.random_affine import RandomAffine
from cgn_tf.types import Triplet


def stored(count: int = 7, seed: int = 0) -> StoredImages:
    """Image i is i in all pixels, and has labels i, i + 1 and i + 2, modulo 10."""
    images = np.tile(np.arange(count, dtype=np.uint8)[:, None, None, None], (1, 32, 32, 3))
    return StoredImages(images, Triplet(*((np.arange(count) + k) % 10 for k in range(3))), seed)


def indices(batch: dict[str, tf.Tensor]) -> list[int]:
    """Which of the images of `stored` are in a batch."""
    return np.rint((np.asarray(batch["image"])[:, 0, 0, 0] + 1) * 127.5).astype(int).tolist()


def test_every_image_comes_once_an_epoch_with_its_labels() -> None:
    source = stored()
    batches = [source.batch(step, 5) for step in range(7)]
    walk = np.concatenate([indices(batch) for batch in batches]).reshape(5, 7)
    for epoch in walk:
        assert sorted(epoch) == list(range(7))
    assert len({tuple(epoch) for epoch in walk}) > 1
    for batch in batches:
        assert batch["image"].dtype == tf.float32
        for k, factor in enumerate(batch["labels"]):
            np.testing.assert_array_equal(factor, (np.array(indices(batch)) + k) % 10)
    np.testing.assert_array_equal(stored().batch(3, 5)["image"], batches[3]["image"])
    assert indices(stored(seed=1).batch(0, 7)) != indices(stored().batch(0, 7))


def test_in_order() -> None:
    batches = list(stored().ordered(3))
    assert [indices(batch) for batch in batches] == [[0, 1, 2], [3, 4, 5], [6]]
    np.testing.assert_array_equal(batches[1]["labels"].texture, [4, 5, 6])


def test_eight_bits_become_the_range_of_the_networks() -> None:
    images = np.tile(np.uint8([0, 255])[:, None, None, None], (1, 32, 32, 3))
    (batch,) = StoredImages(images, Triplet.same(np.zeros(2, int)), 0).ordered(2)
    assert np.asarray(batch["image"])[:, 0, 0, 0].tolist() == [-1, 1]


@pytest.mark.parametrize(("factor", "offset"), [("shape", 0), ("texture", 1), ("background", 2)])
def test_the_label_is_a_factor(factor: str, offset: int) -> None:
    batch = ClassifierBatches([Part(stored(), 4)], factor).batch(tf.constant(2, tf.int64))
    assert set(batch) == {"image", "label"}
    assert batch["label"].dtype == tf.int32
    np.testing.assert_array_equal(batch["label"], (np.array(indices(batch)) + offset) % 10)


def test_mixed(digits: Digits) -> None:
    original = DigitData("colored", digits, None, split_is_test=False, seed=0)
    batches = ClassifierBatches([Part(original, 3), Part(stored(), 5)])
    assert (len(batches), batches.batch_size) == (37 + 7, 8)
    batch = batches.batch(2)
    np.testing.assert_array_equal(batch["image"][:3], original.batch(2, 3)["image"])
    np.testing.assert_array_equal(batch["label"][3:], stored().batch(2, 5)["labels"].shape)


def test_environments_come_along(digits: Digits) -> None:
    original = DigitData("colored", digits, None, split_is_test=False, seed=0, environments=(1.0, 0.9))
    batch = ClassifierBatches([Part(original, 4)]).batch(0)
    assert batch["environment"].numpy().tolist() == [0, 1, 0, 1]


def test_wrong_arguments() -> None:
    images = np.zeros((2, 32, 32, 3), np.uint8)
    with pytest.raises(ValueError, match="images: expected uint8"):
        StoredImages(images / 1.0, Triplet.same(np.zeros(2)), 0)
    with pytest.raises(ValueError, match=r"labels: expected 2 of each factor, got \[2, 2, 3\]"):
        StoredImages(images, Triplet(np.zeros(2), np.zeros(2), np.zeros(3)), 0)
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
    return StoredImages(images, Triplet.same(np.arange(7)), 0)
