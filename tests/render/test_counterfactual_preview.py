from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.render.counterfactual_preview import counterfactual_preview
from cgn_tf.types import Triplet

NAMES = list("abcdefghij")


def preview(count: int, images_per_mask: int) -> np.ndarray:
    images = np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 4, 4, 3)).copy()
    labels = np.arange(count) % 10
    return counterfactual_preview(
        images, Triplet(labels // images_per_mask, labels, labels), images_per_mask, NAMES, scale=1
    )


def cells(picture: np.ndarray, count: int) -> list[int]:
    """Which of the images, each of one grey, stand in the picture: those whose 16 pixels stand in one square."""
    found = []
    for value in range(count):
        where = np.argwhere((picture == value).all(axis=-1))
        windows = {tuple(start) for start in where}
        found += [value] * any(all((y + i, x + j) in windows for i in range(4) for j in range(4)) for y, x in windows)
    return found


def test_a_row_for_each_shape() -> None:
    assert cells(preview(23, images_per_mask=7), 23) == list(range(21))  # the last shape has 2 of 7 images: left out


@pytest.mark.parametrize(("count", "images_per_mask", "shown"), [(3, 7, 3), (12, 12, 10)])
def test_few_images_and_many(count: int, images_per_mask: int, shown: int) -> None:
    assert cells(preview(count, images_per_mask), count) == list(range(shown))


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (2, 2), (9, 9), (10, 8), (99, 80)])
def test_images_with_a_shape_each_fill_the_rows(count: int, shown: int) -> None:
    picture = preview(count, images_per_mask=1)
    assert cells(picture, count) == list(range(shown))


@pytest.mark.parametrize(
    ("size", "images_per_mask", "scale", "rows", "columns"),
    [(32, 10, 3, 8, 10), (128, 10, 1, 8, 10), (256, 10, 1, 6, 7), (256, 1, 1, 6, 7), (600, 10, 1, 2, 3)],
)
def test_large_images_make_fewer_cells(size: int, images_per_mask: int, scale: int, rows: int, columns: int) -> None:
    images = np.zeros((80, size, size, 3), np.uint8)
    labels = np.zeros(80, np.int64)
    picture = counterfactual_preview(images, Triplet(labels, labels, labels), images_per_mask, ["a"])
    black = (picture == 0).all(axis=-1)
    # a cell is a stretch of black in a row of pixels that has the whole width of an image
    runs = np.diff(np.flatnonzero(np.diff(np.r_[False, black[picture.shape[0] // (2 * rows)], False])))[::2]
    assert np.count_nonzero(runs == size * scale) == columns
    heights = np.diff(np.flatnonzero(np.diff(np.r_[False, black[:, -size * scale // 2], False])))[::2]
    assert np.count_nonzero(heights == size * scale) == rows


def test_of_several_names_the_first_is_written_and_a_long_one_is_cut() -> None:
    images, labels = np.zeros((1, 96, 96, 3), np.uint8), Triplet(*np.zeros((3, 1), np.int64))
    pictures = [
        counterfactual_preview(images, labels, 1, [name])
        for name in ("black-footed_ferret", "black-footed ferret, ferret, Mustela nigripes", "black-footed…")
    ]
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])
    assert np.any(counterfactual_preview(images, labels, 1, ["black-footed"]).shape != pictures[0].shape)
