"""Nearest ×2 upsampling that is never carried out, against the one that is."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.ops.upsample import add_upsampled, fused_kernel, upsample_conv, upsample_conv_fused


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def doubled(x: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(x, 2, axis=1), 2, axis=2)


@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (1, 1, 1, 1)])
def test_add_upsampled_is_repeat_then_add(shape: tuple[int, ...]) -> None:
    small = normal(*shape)
    x = normal(shape[0], 2 * shape[1], 2 * shape[2], shape[3], seed=1)
    np.testing.assert_array_equal(add_upsampled(x, small), x + doubled(small))


def test_add_upsampled_with_an_unknown_batch() -> None:
    x, small = normal(2, 4, 6, 3), normal(2, 2, 3, 3, seed=1)
    specs = tf.TensorSpec((None, 4, 6, 3)), tf.TensorSpec((None, 2, 3, 3))
    add = tf.function(add_upsampled, autograph=False).get_concrete_function(*specs)
    y = add(tf.constant(x), tf.constant(small))
    np.testing.assert_array_equal(y, x + doubled(small))
    assert add.structured_outputs.shape.as_list() == [None, 4, 6, 3]


def test_the_gradient_of_add_upsampled_sums_over_the_copies() -> None:
    x, small, weights = tf.constant(normal(1, 4, 4, 2)), tf.constant(normal(1, 2, 2, 2)), normal(1, 4, 4, 2, seed=1)
    with tf.GradientTape() as tape:
        tape.watch([x, small])
        total = tf.reduce_sum(add_upsampled(x, small) * weights)
    of_x, of_small = tape.gradient(total, [x, small])
    np.testing.assert_array_equal(of_x, weights)
    np.testing.assert_allclose(of_small, weights.reshape(1, 2, 2, 2, 2, 2).sum((2, 4)), rtol=1e-5, atol=1e-6)


def test_a_fused_kernel_of_ones_counts_the_taps() -> None:
    """Of the 3×3 taps of an enlarged image one, two or four fall on one small pixel: the box [1, 2, 2, 1] squared."""
    box = np.array([1, 2, 2, 1])
    kernel = fused_kernel(np.ones((3, 3, 1, 1), np.float32))
    np.testing.assert_array_equal(kernel[:, :, 0, 0], np.outer(box, box))
    assert fused_kernel(np.zeros((3, 3, 2, 5), np.float32)).shape == (4, 4, 5, 2)


@pytest.mark.parametrize("side", [1, 2, 7])
def test_a_kernel_fused_beforehand_gives_the_same(side: int) -> None:
    x, kernel = normal(2, side, side + 1, 3), normal(3, 3, 3, 4, seed=1)
    expected = keras.ops.conv(doubled(x), kernel, padding="same")
    np.testing.assert_allclose(upsample_conv_fused(x, fused_kernel(kernel)), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(upsample_conv(x, kernel), expected, rtol=1e-4, atol=1e-5)
