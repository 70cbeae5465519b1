from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cgn_tf.ops.resize import resize_antialiased, resize_bicubic, resize_bilinear, resize_nearest


def row(*values: float) -> np.ndarray:
    """An image of one row, [1, 1, W, 1]."""
    return np.array(values, np.float32).reshape(1, 1, -1, 1)


def images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, np.float32)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0, 1), (0, 1 / 2, 1)),
        ((0, 1), (0, 1 / 3, 2 / 3, 1)),
        ((3, 9, 0), (3, 9 / 2 + 3 / 2, 9, 9 / 2, 0)),
        ((3, 9, 0, 1), (3, 1)),  # smaller: only the corners are left
        ((0, 4, 8, 6, 2), (0, 8, 2)),
        ((7,), (7, 7, 7)),
        ((7, 2), (7,)),
    ],
)
def test_aligned_corners_by_hand(values: tuple[float, ...], expected: tuple[float, ...]) -> None:
    x = row(*values)
    wide = resize_bilinear(x, (1, len(expected)), True)
    np.testing.assert_allclose(np.asarray(wide), row(*expected), rtol=0, atol=1e-6)
    tall = resize_bilinear(x.swapaxes(1, 2), (len(expected), 1), True)
    np.testing.assert_allclose(np.asarray(tall), row(*expected).swapaxes(1, 2), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "expected"),
    [((0, 1), (0, 1 / 4, 3 / 4, 1)), ((0, 1), (0, 1 / 2, 1)), ((0, 4, 8, 6), (2, 7)), ((0, 3, 6), (0.75, 5.25))],
)
def test_half_pixel_centres_by_hand(values: tuple[float, ...], expected: tuple[float, ...]) -> None:
    y = resize_bilinear(row(*values), (1, len(expected)), False)
    np.testing.assert_allclose(np.asarray(y), row(*expected), rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [(8, 14), (9, 5), (4, 1), (3, 20)])
@pytest.mark.parametrize("align_corners", [True, False])
def test_against_tensorflows_kernel(size: tuple[int, int], align_corners: bool) -> None:
    x = images(2, 4, 7, 3)
    expected = tf.raw_ops.ResizeBilinear(
        images=x, size=size, align_corners=align_corners, half_pixel_centers=not align_corners
    )
    y = resize_bilinear(x, size, align_corners)
    np.testing.assert_allclose(np.asarray(y), np.asarray(expected), rtol=0, atol=2e-6)


@pytest.mark.parametrize("align_corners", [True, False])
def test_the_same_size_is_the_same_tensor(align_corners: bool) -> None:
    x = keras.ops.convert_to_tensor(images(1, 3, 5, 2))
    assert resize_bilinear(x, (3, 5), align_corners) is x


def test_the_gradient_gives_back_the_weights() -> None:
    x = tf.constant(row(0, 0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(resize_bilinear(x, (1, 3), True) * row(1, 10, 100))
    np.testing.assert_allclose(np.asarray(tape.gradient(y, x)), row(6, 105), rtol=1e-6)


def test_half_precision_stays() -> None:
    for y in (
        resize_bilinear(row(0, 1).astype(np.float16), (1, 3), True),
        resize_bicubic(row(0, 1).astype(np.float16), (1, 3)),
    ):
        assert keras.backend.standardize_dtype(y.dtype) == "float16"


@pytest.mark.parametrize(
    ("a", "values", "expected"),
    [
        # the kernel at distances 1/4, 3/4, 5/4, 7/4: 225, 67, -27 and -9 of 256
        (-0.75, (0, 256, 0, 0), (-27, 67, 225, 225, 67, -27, -9, 0)),
        (-0.75, (256, 0, 0, 0), (283, 198, 58, -27, -9, 0, 0, 0)),  # the edge pixel stands for those beyond it
        (-0.5, (0, 256, 0, 0), (-18, 58, 222, 222, 58, -18, -6, 0)),
        # halved: at distances 1/2 and 3/2, 19 and -3 of 32
        (-0.75, (0, 32, 0, 0, 0, 0), (19, -3, 0)),
        (-0.5, (0, 16, 0, 0, 0, 0), (9, -1, 0)),
        (-0.75, (7,), (7, 7, 7)),
    ],
)
def test_bicubic_by_hand(a: float, values: tuple[float, ...], expected: tuple[float, ...]) -> None:
    wide = resize_bicubic(row(*values), (1, len(expected)), a)
    np.testing.assert_allclose(np.asarray(wide), row(*expected), rtol=0, atol=1e-4)
    tall = resize_bicubic(row(*values).swapaxes(1, 2), (len(expected), 1), a)
    np.testing.assert_allclose(np.asarray(tall), row(*expected).swapaxes(1, 2), rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(18, 14), (36, 7), (3, 21), (9, 7)])
def test_bicubic_keeps_constants_and_is_separable(size: tuple[int, int]) -> None:
    np.testing.assert_allclose(resize_bicubic(np.full((2, 9, 7, 3), 5, np.float32), size), 5.0, rtol=1e-6)
    down, across, colours = images(9), images(7), images(2, 1, 1, 3)
    one = np.asarray(resize_bicubic(down.reshape(1, 9, 1, 1), (size[0], 1)))
    other = np.asarray(resize_bicubic(across.reshape(1, 1, 7, 1), (1, size[1])))
    both = resize_bicubic(down[:, None, None] * across[:, None] * colours, size)
    np.testing.assert_allclose(both, one * other * colours, rtol=0, atol=1e-5)


def test_bicubic_inside_is_tensorflows_for_its_slope() -> None:
    x = images(2, 12, 10, 3)
    expected = np.asarray(tf.raw_ops.ResizeBicubic(images=x, size=(24, 20), half_pixel_centers=True))
    inside = np.s_[:, 4:-4, 4:-4]  # at the edges TensorFlow drops taps
    np.testing.assert_allclose(np.asarray(resize_bicubic(x, (24, 20), -0.5))[inside], expected[inside], atol=1e-5)
    assert np.abs(np.asarray(resize_bicubic(x, (24, 20)))[inside] - expected[inside]).max() > 0.1


def test_bicubic_gradient_gives_back_the_weights() -> None:
    x = keras.ops.convert_to_tensor(row(0, 0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(resize_bicubic(x, (1, 4)) * row(1, 10, 100, 1000) * 256)
    # reads at -1/4, 1/4, 3/4, 5/4; beyond the edges the edges again
    left = 283 + 10 * (225 - 27) + 100 * (67 - 9) - 1000 * 27
    right = -27 + 10 * (67 - 9) + 100 * (225 - 27) + 1000 * 283
    np.testing.assert_allclose(np.asarray(tape.gradient(y, x)), row(left, right), rtol=1e-5)
    assert resize_bicubic(x, (1, 2)) is x


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"known H and W, got \(1, None, 4, 1\)"):
        tf.function(lambda x: resize_bicubic(x, (2, 2))).get_concrete_function(tf.TensorSpec((1, None, 4, 1)))
    with pytest.raises(ValueError, match=r"positive size, got \(0, 2\)"):
        resize_bicubic(row(0, 1), (0, 2))
    with pytest.raises(ValueError, match=r"known H and W, got \(1, None, 4, 1\)"):
        tf.function(lambda x: resize_bilinear(x, (2, 2), True)).get_concrete_function(tf.TensorSpec((1, None, 4, 1)))
    with pytest.raises(ValueError, match=r"positive size, got \(0, 2\)"):
        resize_bilinear(row(0, 1), (0, 2), True)


def test_nearest_takes_the_floor_index() -> None:
    image = np.arange(28 * 28, dtype=np.int64).reshape(1, 28, 28)
    resized = np.asarray(resize_nearest(image, 32))[0]
    expected = [[int(row * 28 / 32) * 28 + int(column * 28 / 32) for column in range(32)] for row in range(32)]
    np.testing.assert_array_equal(resized, expected)
    # every eighth index is taken twice: 32 out of 28
    assert resized[0, :10].tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 7]
    photograph = np.random.default_rng(0).integers(256, size=(5, 7, 3), dtype=np.uint8)
    alone = np.asarray(resize_nearest(photograph, 4, axis=0))
    np.testing.assert_array_equal(alone, photograph[[0, 1, 2, 3]][:, [0, 1, 3, 5]])
    assert alone.dtype == np.uint8


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0, 4, 8, 6), (20 / 7, 46 / 7)),  # weights 3, 3 and 1, of which the fourth lies beyond the edge
        ((7, 7, 7, 7, 7), (7, 7)),
        ((0, 1), (0, 1 / 4, 3 / 4, 1)),
    ],
)
def test_antialiased_by_hand(values: tuple[float, ...], expected: tuple[float, ...]) -> None:
    wide = np.asarray(resize_antialiased(row(*values), (1, len(expected))))
    np.testing.assert_allclose(wide, row(*expected), rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [(8, 14), (31, 5), (4, 1), (3, 40), (9, 11)])
def test_antialiased_is_pillows(size: tuple[int, int]) -> None:
    x = images(2, 9, 11, 1)
    found = np.asarray(resize_antialiased(x, size))
    for one, expected in zip(found, x, strict=True):
        pillow = Image.fromarray(expected[..., 0]).resize(size[::-1], Image.Resampling.BILINEAR)
        np.testing.assert_allclose(one[..., 0], np.asarray(pillow), rtol=0, atol=1e-5)


def test_antialiased_of_the_same_size_and_of_an_unknown_one() -> None:
    x = images(1, 4, 5, 2)
    assert resize_antialiased(x, (4, 5)) is x
    with pytest.raises(ValueError, match="known H and W"):
        resize_antialiased(keras.KerasTensor((1, None, 4, 2)), (3, 3))
