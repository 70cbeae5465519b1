from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.classifiers.geometry import Geometry


def gradient(height: int, width: int) -> np.ndarray:
    """An image whose red is the column and whose green is the row."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows, np.zeros_like(rows)], axis=-1).astype(np.uint8)


def test_an_image_of_the_size_is_left_alone_where_there_is_no_margin() -> None:
    image = gradient(24, 24)
    for fit in ("resize_then_crop", "crop_then_resize", "stretch"):
        np.testing.assert_array_equal(Geometry(24, 24, fit).square(image), image)


@pytest.mark.parametrize("fit", ["resize_then_crop", "crop_then_resize"])
def test_the_middle_of_a_photograph_is_seen(fit: str) -> None:
    seen = Geometry(20, 40, fit).square(gradient(40, 120))
    assert seen.shape == (20, 20, 3)
    assert seen[..., 0].min() == 50
    assert seen[..., 0].max() == 69
    assert seen[..., 1].min() == 10


def test_stretching_sees_everything() -> None:
    seen = Geometry(20, 20, "stretch").square(gradient(40, 120))
    assert seen.shape == (20, 20, 3)
    assert seen[..., 0].min() < 6
    assert seen[..., 0].max() > 113


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 10), "1 ≤ size ≤ resized"),
        ((20, 10), "1 ≤ size ≤ resized"),
        ((10, 10, "fill"), "fit: expected one of"),
        ((10, 10, "stretch", "nearest"), "interpolation: expected one of"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Geometry(*arguments)
