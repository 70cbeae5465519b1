"""Images of any shape become squares."""

from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.datasets.images.square import square

COLOUR = (10, 20, 30)
WIDE = np.repeat(np.array([0, 100, 200], np.uint8), 40)[None, :, None] * np.ones((40, 1, 3), np.uint8)
"""40×120: three grey squares beside each other."""


def test_crop_takes_the_middle() -> None:
    found = square(WIDE, 20, "crop", COLOUR)
    assert (found.shape, found.dtype) == ((20, 20, 3), np.uint8)
    assert np.unique(found[:, 2:-2]).tolist() == [100]  # at the edges the filter reaches beyond them
    upright = square(WIDE.transpose(1, 0, 2), 20, "crop", COLOUR)
    np.testing.assert_array_equal(upright, found.transpose(1, 0, 2))


def test_pad_shows_everything_between_bars() -> None:
    found = square(WIDE, 24, "pad", COLOUR)
    np.testing.assert_array_equal(found[:8], np.broadcast_to(np.uint8(COLOUR), (8, 24, 3)))
    np.testing.assert_array_equal(found[16:], np.broadcast_to(np.uint8(COLOUR), (8, 24, 3)))
    np.testing.assert_array_equal(found[12, [1, 12, 22], 0], [0, 100, 200])
    assert square(np.full((1, 500, 3), 9, np.uint8), 24, "pad", COLOUR)[11].tolist() == [[9, 9, 9]] * 24


def test_stretch_shows_everything_without_bars() -> None:
    found = square(WIDE, 24, "stretch", COLOUR)
    np.testing.assert_array_equal(found[[0, -1]][:, [1, 12, 22], 0], [[0, 100, 200]] * 2)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_an_image_of_the_size_stays_as_it_is(fit: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(square(image, 32, fit, COLOUR), image)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_fine_stripes_become_their_mean(fit: str) -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(square(stripes, 32, fit, COLOUR)[:, 2:-2].astype(int) - 128).max() <= 2


def test_an_unknown_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="fit: expected crop, pad or stretch, got 'zoom'"):
        square(WIDE, 32, "zoom", COLOUR)
