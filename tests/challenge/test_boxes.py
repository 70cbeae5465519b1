"""The box around an object, black and tiled."""

from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.challenge.boxes import Box, blackened, tiled


def counted(height: int, width: int) -> np.ndarray:
    """Every pixel with a number of its own."""
    return np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)


def test_the_box_is_the_smallest_one() -> None:
    inside = np.zeros((5, 7), bool)
    inside[1, 5] = inside[3, 2] = True
    box = Box.around(inside)
    assert box == (1, 2, 4, 6)
    assert box.area == 12
    assert inside[box.slices].sum() == 2


def test_a_black_box_changes_nothing_else() -> None:
    image = counted(5, 7)
    black = blackened(image, Box(1, 2, 4, 6))
    outside = np.ones((5, 7), bool)
    outside[1:4, 2:6] = False
    assert not black[1:4, 2:6].any()
    np.testing.assert_array_equal(black[outside], image[outside])
    assert image[1:4, 2:6].any()


@pytest.mark.parametrize(
    ("box", "rows"),
    [
        # a strip of 2 above: rows 1 0 | 0 1 | 1 …, mirrored at the strip's edge
        (Box(2, 0, 7, 3), [0, 1, 1, 0, 0, 1, 1, 7]),
        # a strip of 3 below: from row 4 upwards 5 6 7 | 7 6
        (Box(0, 0, 5, 3), [6, 7, 7, 6, 5, 5, 6, 7]),
    ],
)
def test_tiles_above_and_below_go_on_mirrored(box: Box, rows: list[int]) -> None:
    image = counted(8, 3)
    np.testing.assert_array_equal(tiled(image, box), image[rows])


@pytest.mark.parametrize(
    ("box", "columns"), [(Box(0, 3, 4, 8), [0, 1, 2, 2, 1, 0, 0, 1]), (Box(0, 0, 4, 3), [5, 4, 3, 3, 4, 5, 6, 7])]
)
def test_tiles_left_and_right_go_on_mirrored(box: Box, columns: list[int]) -> None:
    image = counted(4, 8)
    np.testing.assert_array_equal(tiled(image, box), image[:, columns])


def test_the_largest_strip_is_taken_and_the_rest_stays() -> None:
    image = counted(8, 10)
    box = Box(3, 2, 7, 6)  # 30 pixels above, 10 below, 16 left, 32 right
    expected = image.copy()
    expected[3:7, 2:6] = image[3:7, [9, 8, 7, 6]]
    np.testing.assert_array_equal(tiled(image, box), expected)


def test_a_box_that_is_the_image_cannot_be_tiled() -> None:
    with pytest.raises(ValueError, match="expected one that leaves background, got the whole image of 4×4"):
        tiled(counted(4, 4), Box(0, 0, 4, 4))
