from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits as bundled_digits

from cgn_tf.datasets.digits.sources import load_digits
from cgn_tf.datasets.digits.strokes import check_strokes, warn_of_missing_classes
from cgn_tf.errors import CommandError


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """200 real digits, uint8 [200, 32, 32]."""
    return load_digits("sklearn", "train").images[:200]


def made_of(part: slice, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """Changes some images and leaves the others."""

    def made(images: np.ndarray) -> np.ndarray:
        images = images.copy()
        images[part] = change(images[part])
        return images

    return made


ALL = slice(None)
WRONG = {
    "zeros and ones": (lambda x: x // 255, "got a maximum of 1; save the images multiplied by 255, as uint8"),
    "zeros and ones, inverted": (lambda x: 1 - x // 255, "got a maximum of 1; save the images multiplied by 255"),
    "0 to 15": (lambda x: x // 16, "got a maximum of 15; save the images multiplied by 17, as uint8"),
    "0 to 16": (lambda x: (x // 15).clip(0, 16), "got a maximum of 16; save the images multiplied by 15.94 and"),
    "percent": (lambda x: (x / 2.55).astype(np.uint8), "got a maximum of 100; save the images multiplied by 2.55 and"),
    "black": (np.zeros_like, "got 200 of 200 images blank, of one grey from edge to edge; give images of digits"),
    "white": (lambda x: np.full_like(x, 255), "got 200 of 200 images blank"),
    "one bright pixel": (
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 500, 255, x // 255).astype(np.uint8),
        "got 199 of 200 images blank",
    ),
    "many blank": (made_of(slice(11), np.zeros_like), "got 11 of 200 images blank"),
    "inverted": (lambda x: 255 - x, "got 200 of 200 images dark on a bright ground; save these inverted, as 255 - x"),
    "a quarter inverted": (made_of(slice(0, 200, 4), lambda x: 255 - x), "got 50 of 200 images dark on a bright"),
    "on grey": (lambda x: x.clip(60), "got a ground of about 60 at the edge of most images; subtract it"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_bright_stroke_on_black_is_refused(
    change: Callable[[np.ndarray], np.ndarray], message: str, digits: np.ndarray
) -> None:
    with pytest.raises(CommandError, match=rf"^x: expected strokes.*{re.escape(message)}") as caught:
        check_strokes(change(digits), "x")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (made_of(slice(3, 6), np.zeros_like), "3 of 200 images blank, of one grey from edge to edge (number 3, 4, 5);"),
        (made_of(slice(6), lambda x: 255 - x), "6 of 200 images dark on a bright ground (number 0, 1, 2, 3, 4, …);"),
    ],
)
def test_a_few_odd_images_are_worth_a_warning(
    change: Callable[[np.ndarray], np.ndarray], seen: str, digits: np.ndarray
) -> None:
    with pytest.warns(UserWarning, match=re.escape(seen)) as caught:
        check_strokes(change(digits), "x")
    assert len(caught) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x,
        lambda x: x[:, 4:28, 4:28],  # to the very edge of the stroke
        lambda x: x // 2 + x // 4,  # pale
        lambda x: (x > 127).astype(np.uint8) * 255,
        lambda x: x[:1],
        lambda x: np.maximum(x, np.roll(x, 3, 1)),  # thick
        # what fills most of the frame, like clothes: bright from side to side, black above and below
        lambda x: np.pad(np.full((len(x), 20, 32), 200, np.uint8), ((0, 0), (6, 6), (0, 0))),
    ],
)
def test_what_is_drawn_in_another_way_is_not_refused(
    change: Callable[[np.ndarray], np.ndarray], digits: np.ndarray
) -> None:
    check_strokes(change(digits), "x")


@pytest.mark.parametrize("size", [(1, 8), (8, 1), (2, 2)])
def test_images_that_are_all_edge(size: tuple[int, int]) -> None:
    images = np.zeros((4, *size), np.uint8)
    images.reshape(4, -1)[:, 0] = 255
    check_strokes(images, "x")


def test_all_that_is_known_passes(shared: Path) -> None:
    with np.load(shared / "data" / "mnist.npz") as arrays:
        for name in ("x_train", "x_test"):
            check_strokes(arrays[name], name)
    check_strokes((bundled_digits().images * (255 / 16)).astype(np.uint8), "sklearn")


def test_classes_without_images() -> None:
    warn_of_missing_classes(np.arange(10), 10, "y")
    with pytest.warns(UserWarning, match="^y: expected images of all 5 classes, got none of 1, 4; what a model makes"):
        warn_of_missing_classes(np.int32([0, 2, 3, 0]), 5, "y")
