from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.evaluation.accuracy import correct, percent, predictions, short_percent
from cgn_tf.types import Triplet


def data() -> StoredImages:
    """Seven images of constant value i, with shape label i, texture label 0 and background label i or 9."""
    images = np.tile(np.arange(7, dtype=np.uint8)[:, None, None, None], (1, 32, 32, 3))
    classes = np.arange(7)
    labels = Triplet(classes, np.zeros(7, int), np.where(classes < 3, classes, 9))
    return StoredImages(images, labels, seed=0, num_classes=10)


def mask_classifier(images: Any, training: bool) -> Any:
    """Reads the value."""
    assert training is False
    return tf.one_hot(tf.cast(tf.round((images[:, 0, 0, 0] + 1) * 127.5), tf.int32), 10)


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
@pytest.mark.parametrize("limit", [None, 1, 4, 7, 50])
def test_predictions_in_order(batch_size: int, limit: int | None) -> None:
    found = predictions(mask_classifier, data(), batch_size, limit)
    assert found.dtype == np.int64
    assert found.tolist() == list(range(7))[:limit]


def test_by_factor() -> None:
    assert percent(correct(mask_classifier, data())) == 100
    assert percent(correct(mask_classifier, data(), "texture")) == pytest.approx(100 / 7)
    assert correct(mask_classifier, data(), "background").tolist() == [True] * 3 + [False] * 4
    assert correct(mask_classifier, data(), "background", limit=4).tolist() == [True] * 3 + [False]


@pytest.mark.parametrize(
    ("value", "shown"), [(100 / 3, "33.3"), (10.0, "10"), (100 / 7, "14.3"), (0.0, "0"), (0.1, "0.1")]
)
def test_percentages_of_sentences(value: float, shown: str) -> None:
    assert short_percent(value) == shown
