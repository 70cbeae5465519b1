"""The sets that are made of one image, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.challenge.contract import Subject
from cgn_tf.challenge.inpainting.registry import INPAINTERS
from cgn_tf.challenge.parts import Limits, Manner, Parts, grown, take_apart
from tests.challenge.small import OBJECT, inside, photograph

LIMITS = Limits(0.01, 0.8, 0.9)
HARD = Manner(0.5, 0, 2, LIMITS, None)


def taken(subject: Subject, manner: Manner = HARD) -> Parts:
    parts = take_apart(subject, manner)
    assert isinstance(parts, Parts)
    return parts


def test_each_set_is_what_it_is_called() -> None:
    image, mask = photograph("a"), inside()
    parts = taken(Subject(image, mask.astype(np.float32)))
    np.testing.assert_array_equal(parts.original, image)
    np.testing.assert_array_equal(parts.fg_mask, mask * 255)
    np.testing.assert_array_equal(parts.only_fg, image * mask[..., None])
    np.testing.assert_array_equal(parts.no_fg, image * ~mask[..., None])
    np.testing.assert_array_equal(parts.only_bg_b, image * ~mask[..., None])  # the object is its own box
    # strips of 6 rows above and below, of 4 columns left and 7 right, which is the largest: 112 pixels
    expected = image.copy()
    expected[OBJECT] = image[6:10, [13, 12, 11, 10, 9]]
    np.testing.assert_array_equal(parts.only_bg_t, expected)
    np.testing.assert_array_equal(parts.background, expected)


@pytest.mark.parametrize("name", INPAINTERS)
def test_the_object_s_place_is_inpainted(name: str) -> None:
    part = INPAINTERS[name]
    image = np.full((16, 16, 3), (40, 90, 160), np.uint8)
    image[grown(inside(), 1)] = 255  # the object, and its glow around it
    parts = taken(
        Subject(image, inside().astype(np.float32)), HARD._replace(inpainter=part.make(part.options()), dilate=2)
    )
    # of one colour nothing else can be continued into the hole; OpenCV is off by up to 2
    assert np.abs(parts.background.astype(int) - (40, 90, 160)).max() <= 2
    np.testing.assert_array_equal(parts.background[~grown(inside(), 2)], image[~grown(inside(), 2)])
    assert (parts.only_bg_t == 255).any()  # which is tiled with what is beside the box, glow and all


def test_growing_is_by_euclidean_distance() -> None:
    dot = np.zeros((7, 7), bool)
    dot[3, 3] = True
    assert [int(grown(dot, pixels).sum()) for pixels in (0, 1, 1.5, 2, 3)] == [1, 5, 9, 13, 29]


def test_what_is_known_is_neither_tiled_nor_inpainted_nor_feathered() -> None:
    random = np.random.default_rng(1)
    image, behind, colours = random.integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    mask = random.random((16, 16)).astype(np.float32)

    def inpainter(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
        raise AssertionError("there is nothing to inpaint")

    parts = taken(Subject(image, mask, behind, colours), HARD._replace(feather=3, inpainter=inpainter))
    np.testing.assert_array_equal(parts.background, behind)
    np.testing.assert_array_equal(parts.only_bg_t, behind)
    np.testing.assert_array_equal(parts.fg_mask, np.rint(mask * 255))
    np.testing.assert_allclose(parts.only_fg, colours * mask[..., None], atol=1.01)
    assert not parts.no_fg[mask >= 0.5].any()
    np.testing.assert_array_equal(parts.no_fg[mask < 0.5], image[mask < 0.5])


def mask_of(rows: int, columns: int) -> np.ndarray:
    mask = np.zeros((16, 16), np.float32)
    mask[:rows, :columns] = 1
    return mask


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (mask_of(0, 0), "no object: no pixel of the mask reaches 0.5"),
        (mask_of(16, 16) * np.float32(0.49), "no object: no pixel of the mask reaches 0.5"),
        (mask_of(1, 2), "the object has 0.78% of the pixels, less than 1.00%"),
        (mask_of(16, 13), "the object has 81.2% of the pixels, more than 80.0%"),
        (np.eye(16, dtype=np.float32), "the object's box has 100.0% of the pixels, more than 90.0%"),
    ],
)
def test_why_images_are_left_out(mask: np.ndarray, reason: str) -> None:
    assert take_apart(Subject(photograph("a"), mask), HARD) == reason


def test_no_background_far_enough_away_is_a_reason() -> None:
    part = INPAINTERS["telea"]
    manner = HARD._replace(inpainter=part.make(part.options()), dilate=20)
    reason = take_apart(Subject(photograph("a"), inside().astype(np.float32)), manner)
    assert reason == "no background is further than 20 pixels from the object"


def test_of_a_known_background_no_box_is_too_large() -> None:
    image = photograph("a")
    assert isinstance(take_apart(Subject(image, np.eye(16, dtype=np.float32), image, image), HARD), Parts)
