from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.render.grid import grey, image_grid, to_uint8


def coloured(rows: int, columns: int, height: int = 3, width: int = 4) -> np.ndarray:
    return np.random.default_rng(0).integers(256, size=(rows, columns, height, width, 3), dtype=np.uint8)


def test_to_uint8() -> None:
    values = np.array([[-1.0, 0.0, 1.0], [-3.0, 5.0, 0.5]])
    np.testing.assert_array_equal(to_uint8(values), [[0, 128, 255], [0, 255, 191]])


def test_grey() -> None:
    mask = np.array([0.0, 0.2, 1.0, 1.5]).reshape(1, 2, 2, 1)
    np.testing.assert_array_equal(grey(mask)[0, ..., 0], [[0, 51], [255, 255]])
    np.testing.assert_array_equal(grey(mask)[..., 0], grey(mask)[..., 2])
    np.testing.assert_array_equal(grey(mask, -1.0, 1.5)[0, :, :, 1], [[102, 122], [204, 255]])
    with pytest.raises(ValueError, match=r"expected shape \[..., 1\]"):
        grey(np.zeros((2, 2, 3)))


def test_grid_without_texts_is_exact() -> None:
    images = coloured(2, 3)
    grid = image_grid(images, scale=2)
    assert grid.shape == (2 * 8 + 2, 3 * 10 + 2, 3)
    for r in range(2):
        for c in range(3):
            y, x = 2 + r * 8, 2 + c * 10
            np.testing.assert_array_equal(grid[y : y + 6 : 2, x : x + 8 : 2], images[r, c])
            np.testing.assert_array_equal(grid[y + 1 : y + 6 : 2, x + 1 : x + 8 : 2], images[r, c])
    np.testing.assert_array_equal(grid[:2], 255)
    np.testing.assert_array_equal(grid[8:10], 255)
    np.testing.assert_array_equal(grid[:, -2:], 255)


def test_texts_stay_outside_the_images() -> None:
    images = np.full((2, 3, 32, 32, 3), 90, np.uint8)
    plain = image_grid(images)
    titled = image_grid(images, ["mask", "texture"], ["0", "1", "2"], captions=[(), ("3 1 2", "0 0 0", "9 9 9")])
    top, line = 13 + 6, 13 + 6
    left = titled.shape[1] - plain.shape[1]
    assert titled.shape[0] == plain.shape[0] + top + line
    assert left > 40
    np.testing.assert_array_equal(titled[top : top + 36, left:], plain[:36])  # the first row of images, untouched
    below_second_row = titled[top + 2 + 2 * 34 - 2 : -2, left:]
    for dark in (titled[:top, left:], titled[top:, :left], below_second_row):
        assert (dark < 90).any()  # there is text


def test_long_column_titles_widen_the_cells() -> None:
    images = coloured(1, 2)
    narrow, wide = image_grid(images, (), ["0", "1"]), image_grid(images, (), ["background", "1"])
    assert narrow.shape[1] < 40
    assert wide.shape[1] > 2 * 60
    assert wide.shape[0] == narrow.shape[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": np.zeros((1, 1, 2, 2, 3))}, r"expected uint8 \[R, C, H, W, 3\]"),
        ({"images": np.zeros((1, 2, 2, 3), np.uint8)}, r"expected uint8 \[R, C, H, W, 3\]"),
        ({"row_titles": ["a"]}, "row_titles: expected 2, got 1"),
        ({"column_titles": ["a", "b"]}, "column_titles: expected 3, got 2"),
        ({"captions": [(), ("a",)]}, "captions: expected 2 rows of 3 or no texts"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        image_grid(**{"images": coloured(2, 3), **arguments})


def test_captions_of_several_lines_make_their_row_higher() -> None:
    images = np.zeros((2, 1, 8, 8, 3), np.uint8)
    one, three = (image_grid(images, captions=[[text], []]).shape[0] for text in ("a", "a\nb\nc"))
    assert one == 2 * (8 + 2) + 2 + 19
    assert three - one == 2 * 17
