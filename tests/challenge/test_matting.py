"""Opacity and colours at the edge of an object."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cgn_tf.challenge.matting import feathered, foreground_colours, on_background, on_black


def ramp(values: list[float]) -> np.ndarray:
    """A mask of equal rows."""
    return np.tile(np.array(values, np.float32), (8, 1))


def test_a_hard_edge_is_the_mask() -> None:
    mask = ramp([0, 0.3, 0.5, 1])
    np.testing.assert_array_equal(feathered(mask, 0.5, 0)[0], [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("edge", "opacity"),
    # the mask passes 1/2 at 0.5/edge of the way from the centre before; of four parts of a pixel the last two of the
    # pixel before lie at 1/8 and 3/8 of that way, the first two of its own at 5/8 and 7/8
    [(1.0, [0, 0, 1, 1]), (0.5, [0, 0, 0.5, 1]), (0.25, [0, 0, 0.25, 1]), (0.75, [0, 0, 0.75, 1])],
)
def test_opacity_is_the_share_of_a_pixel_in_which_the_mask_reaches_the_threshold(
    edge: float, opacity: list[float]
) -> None:
    np.testing.assert_array_equal(feathered(ramp([0, 0, edge, 1]), 0.5, 1)[4], opacity)


def test_a_wider_ramp_is_symmetric_and_has_the_variance_of_its_width() -> None:
    opacity = feathered(ramp([0.0] * 20 + [1.0] * 20), 0.5, 5)[4]
    np.testing.assert_allclose(opacity + opacity[::-1], 1, atol=1e-6)
    steps = np.diff(opacity.astype(np.float64))
    places = np.arange(39) - 19
    assert np.sum(steps * places) == pytest.approx(0, abs=1e-5)
    assert np.sum(steps * places**2) == pytest.approx((5**2 - 1) / 12, rel=0.01)


def test_what_is_thin_keeps_its_share() -> None:
    line = ramp([0.0] * 10 + [1.0] + [0.0] * 10)
    assert feathered(line, 0.5, 4)[4].sum() == pytest.approx(feathered(line, 0.5, 1)[4].sum(), rel=1e-5)


def test_colours_at_the_edge_are_those_of_the_core() -> None:
    inside = np.zeros((9, 9), bool)
    inside[2:7, 2:7] = True
    opacity = inside.astype(np.float32)
    opacity[2:7, 2] = 0.5  # the left edge is mixed with its background
    image = np.full((9, 9, 3), 10, np.uint8)
    image[inside] = 200
    image[2:7, 2] = 105
    np.testing.assert_array_equal(foreground_colours(image, inside, opacity), 200)


def test_of_thin_objects_the_middle_is_the_core() -> None:
    inside = np.zeros((7, 9), bool)
    inside[:, 4] = True
    image = np.full((7, 9, 3), 10, np.uint8)
    image[:, 4] = 77
    np.testing.assert_array_equal(foreground_colours(image, inside, inside * np.float32(0.6)), 77)


def test_blending_is_linear_and_rounded_once_each() -> None:
    colours = np.full((1, 5, 3), 201, np.uint8)
    opacity = np.array([[0, 51, 128, 204, 255]], np.uint8)
    black = on_black(colours, opacity)
    assert black[0, :, 0].tolist() == [0, 40, 101, 161, 201]  # 40.2, 100.9, 160.8
    mixed = on_background(black, opacity, np.full((1, 5, 3), 100, np.uint8))
    assert mixed[0, :, 0].tolist() == [100, 120, 151, 181, 201]  # 40 + 80, 101 + 49.8, 161 + 20


def test_one_opacity_of_all_gives_object_or_background() -> None:
    random = np.random.default_rng(0)
    colours, background = random.integers(0, 256, (2, 6, 6, 3), dtype=np.uint8)
    for value, expected in ((255, colours), (0, background)):
        opacity = np.full((6, 6), value, np.uint8)
        np.testing.assert_array_equal(on_background(on_black(colours, opacity), opacity, background), expected)
    assert math.isclose(on_black(colours, np.full((6, 6), 255, np.uint8)).mean(), colours.mean())
