from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.render.counterfactual_preview import counterfactual_preview
from cgn_tf.types import Triplet

NAMES = list("abcdefghij")


def preview(count: int, per_shape: int) -> np.ndarray:
    images = np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 4, 4, 3)).copy()
    labels = np.arange(count) % 10
    return counterfactual_preview(images, Triplet(labels // per_shape, labels, labels), per_shape, NAMES, scale=1)


def cells(picture: np.ndarray, count: int) -> list[int]:
    """Which of the images, each of one grey, stand in the picture: those whose 16 pixels stand in one square."""
    found = []
    for value in range(count):
        where = np.argwhere((picture == value).all(axis=-1))
        windows = {tuple(start) for start in where}
        found += [value] * any(all((y + i, x + j) in windows for i in range(4) for j in range(4)) for y, x in windows)
    return found


def test_a_row_for_each_shape() -> None:
    assert cells(preview(23, per_shape=7), 23) == list(range(21))  # the last shape has 2 of 7 images: left out


@pytest.mark.parametrize(("count", "per_shape", "shown"), [(3, 7, 3), (12, 12, 10), (9, 1, 8)])
def test_few_images_and_many(count: int, per_shape: int, shown: int) -> None:
    assert cells(preview(count, per_shape), count) == list(range(shown))
