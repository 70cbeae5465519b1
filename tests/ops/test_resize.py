from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.ops.resize import resize_bilinear


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
    y = resize_bilinear(row(0, 1).astype(np.float16), (1, 3), True)
    assert keras.backend.standardize_dtype(y.dtype) == "float16"


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"known H and W, got \(1, None, 4, 1\)"):
        tf.function(lambda x: resize_bilinear(x, (2, 2), True)).get_concrete_function(tf.TensorSpec((1, None, 4, 1)))
    with pytest.raises(ValueError, match=r"positive size, got \(0, 2\)"):
        resize_bilinear(row(0, 1), (0, 2), True)
