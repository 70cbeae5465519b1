"""The figure of images and their parts."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import cgn_tf
from cgn_tf.types import Composite, Sample, Triplet


def composite(rows: int = 3) -> Composite:
    random = np.random.default_rng(0)
    colours = random.uniform(-1.2, 1.2, (3, rows, 8, 8, 3)).astype(np.float32)
    grey = random.uniform(0, 1, (2, rows, 8, 8, 1)).astype(np.float32)
    return Composite(colours[0], grey[0], 5 * grey[1] - 2, colours[1], colours[2])


def shown(figure: Any) -> list[np.ndarray]:
    """The pixels of each cell that has some."""
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]


def pixels(values: np.ndarray, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    levels = np.rint(np.clip((values - low) / (high - low), 0, 1) * 255)
    return np.broadcast_to(levels, (*values.shape[:-1], 3))


def texts(figure: Any, which: str) -> list[str]:
    return [getattr(axes, f"get_{which}")() for axes in figure.axes]


def test_a_row_an_image_and_a_column_a_part() -> None:
    given = composite()
    figure = cgn_tf.plot(given, parts=["image", "mask", "premask", "foreground", "background"])
    cells = shown(figure)
    assert len(cells) == 15
    for row in range(3):
        expected = (
            pixels(given.image[row]), pixels(given.mask[row], 0, 1), pixels(given.premask[row], -2, 3),
            pixels(given.foreground[row]), pixels(given.background[row]),
        )  # fmt: skip
        for found, wanted in zip(cells[5 * row :], expected, strict=False):
            assert found.dtype == np.uint8
            assert np.abs(found.astype(int) - wanted).max() <= 1  # rounding at .5
    assert texts(figure, "title")[:6] == ["image", "mask", "premask", "foreground", "background", ""]
    assert set(texts(figure, "ylabel")) == {""}


def test_tensors_one_image_and_the_default_parts() -> None:
    given = Composite(*map(tf.constant, composite()))
    figure = cgn_tf.plot(given)
    assert texts(figure, "title")[:4] == ["image", "mask", "foreground", "background"]
    one = cgn_tf.plot(Composite(*(part[1] for part in given)))
    for found, wanted in zip(shown(one), shown(figure)[4:8], strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_labels_of_a_sample_stand_beside_it() -> None:
    labels = Triplet(np.int32([3, 1, 2]), np.int32([7, 7, 7]), np.int32([0, 1, 1]))
    sample = Sample(composite(), labels, np.zeros((3, 4), np.float32))
    figure = cgn_tf.plot(sample, parts=["image"])
    assert texts(figure, "ylabel")[0] == "shape: 3\ntexture: 7\nbackground: 0"
    names = ["no", "one", "two", "three", "four", "five", "six", "seven"]
    figure = cgn_tf.plot(sample, class_names=names)
    assert texts(figure, "ylabel")[4] == "shape: one\ntexture: seven\nbackground: one"
    figure = cgn_tf.plot(sample.composite, labels=5, parts=["mask"])
    assert texts(figure, "ylabel") == ["5"] * 3


def test_dollar_signs_in_names_are_no_formulas() -> None:
    names = ["$x_{$", "a $5$ note"]
    figures: list[Any] = [
        cgn_tf.plot(composite(2), labels=[0, 1], class_names=names),  # beside the parts
        cgn_tf.plot(composite(2).image, labels=[0, 1], class_names=names),  # below the images
    ]
    for figure in figures:
        assert figure._repr_png_().startswith(b"\x89PNG")
    assert texts(figures[0], "ylabel")[0] == texts(figures[1], "xlabel")[0] == "$x_{$"


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_images_without_parts(dtype: Any) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), np.uint8)
    images = levels if dtype is np.uint8 else (levels / 127.5 - 1).astype(np.float32)
    figure = cgn_tf.plot(images, labels=np.arange(10))
    assert len(figure.axes) == 16  # two rows of eight
    for found, wanted in zip(shown(figure), levels, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert texts(figure, "xlabel") == [*map(str, range(10)), *[""] * 6]
    assert len(shown(cgn_tf.plot(images[0]))) == 1
    masks = cgn_tf.plot(np.full((2, 8, 8, 1), 0.2, np.float32))
    assert np.unique(shown(masks)) == [51]


def test_a_notebook_shows_it_without_pyplot() -> None:
    before = "matplotlib.pyplot" in sys.modules
    figure: Any = cgn_tf.plot(composite(1))
    with Image.open(io.BytesIO(figure._repr_png_())) as image:
        assert image.format == "PNG"
        assert np.std(np.asarray(image)) > 10
    assert ("matplotlib.pyplot" in sys.modules) == before


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (np.zeros((8, 8)), {}, r"^images: expected a Sample, a Composite, or .*, got float64 \[8, 8\]\.$"),
        (np.zeros((2, 8, 8, 3), np.int64), {}, r"^images: .*, got int64 \[2, 8, 8, 3\]\.$"),
        (composite(), {"parts": ["masks"]}, r"^parts: expected some of image, mask, .*, got masks\.$"),
        (composite(), {"parts": []}, r"^parts: expected some of image, mask, .*, got none\.$"),
        (composite(), {"labels": [1, 2]}, r"^labels: expected an int or 3, got int\d\d \[2\]\.$"),
        (composite(), {"labels": 0.5}, r"^labels: expected an int or 3, got float"),
        (composite(), {"labels": 2, "class_names": ["a", "b"]}, r"^class_names: expected one for label 2, got 2 names"),
    ],
)
def test_what_is_refused(given: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cgn_tf.plot(given, **options)
