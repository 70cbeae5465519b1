from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.render.grid import GAP
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.samples import Samples
from cgn_tf.types import Triplet


def references(trainer: CGNTrainer, labels: np.ndarray) -> np.ndarray:
    """The level of the reference below each class, of images whose grey is 20 times their class and 10."""
    images = np.broadcast_to((20 * labels + 10)[:, None, None, None], (len(labels), 32, 32, 3)).astype(np.uint8)
    data = StoredImages(images, Triplet.same(labels), seed=0, num_classes=10)
    trainer.dataset = data
    parts = Samples(trainer).pictures().grids["parts"]
    cells = parts[-GAP - 96 : -GAP, -10 * (96 + GAP) :].reshape(96, 10, 96 + GAP, 3)[:, :, :96]
    assert np.ptp(cells, axis=(0, 2, 3)).max() == 0
    return cells[0, :, 0, 0]


def test_a_reference_is_of_its_class_or_black(make_trainer: Callable[..., CGNTrainer]) -> None:
    trainer = make_trainer()
    every = np.arange(2_000) % 10
    np.testing.assert_array_equal(references(trainer, every), 20 * np.arange(10) + 10)
    rare = np.where(every == 7, 3, every)
    rare[1_234] = 7
    np.testing.assert_array_equal(references(trainer, rare), 20 * np.arange(10) + 10)
    never = np.where(every == 7, 3, every)
    np.testing.assert_array_equal(references(trainer, never), [*range(10, 150, 20), 0, 170, 190])
