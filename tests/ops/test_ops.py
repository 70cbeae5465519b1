"""The operations against plain NumPy."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.ops.caffe import caffe_input
from cgn_tf.ops.clipping import clip, clip_straight_through
from cgn_tf.ops.compose import compose
from cgn_tf.ops.gram import gram, gram_distance
from cgn_tf.ops.labels import as_labels
from cgn_tf.ops.shift import circular_shift
from cgn_tf.ops.upsample import upsample_conv
from tests.speed import plain

RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def test_compose() -> None:
    mask = np.float32([1, 0, 0.25]).reshape(3, 1, 1, 1)
    image = compose(mask, np.full((3, 1, 1, 3), 4, np.float32), np.full((3, 1, 1, 3), 8, np.float32))
    np.testing.assert_array_equal(np.asarray(image)[:, 0, 0, 0], [4, 8, 7])


@pytest.mark.parametrize(("clipping", "outside"), [(clip, 0.0), (clip_straight_through, 1.0)])
def test_clipping_and_its_gradient(clipping: object, outside: float) -> None:
    x = tf.constant([-3.0, 0.0, 0.5, 1.0, 7.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = clipping(x, 0.25, 0.75)  # type: ignore[operator]
    np.testing.assert_allclose(y, [0.25, 0.25, 0.5, 0.75, 0.75], rtol=1e-6)
    np.testing.assert_array_equal(tape.gradient(y, x), [outside, outside, 1, outside, outside])


def test_circular_shift_is_a_crop_of_a_tiling() -> None:
    images = normal(4, 6, 5, 2)
    offsets = np.int32([[0, 0], [2, 3], [5, 4], [-1, 7]])
    shifted = np.asarray(circular_shift(images, offsets))
    for image, (dy, dx), result in zip(images, offsets, shifted, strict=True):
        crop = np.tile(image, (2, 2, 1))[dy % 6 :, dx % 5 :][:6, :5]
        np.testing.assert_array_equal(result, crop)


def test_circular_shift_has_the_gradient_of_a_permutation() -> None:
    images, weights = tf.constant(normal(1, 4, 4, 1)), normal(1, 4, 4, 1)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(circular_shift(images, np.int32([[1, 2]])) * weights)
    np.testing.assert_array_equal(tape.gradient(total, images), np.roll(weights, (1, 2), axis=(1, 2)))


def test_upsample_conv_is_upsampling_then_convolution() -> None:
    x, kernel = normal(2, 5, 7, 3), normal(3, 3, 3, 4)
    expected = keras.ops.conv(np.repeat(np.repeat(x, 2, axis=1), 2, axis=2), kernel, padding="same")
    np.testing.assert_allclose(upsample_conv(x, kernel), expected, rtol=1e-4, atol=1e-5)


def test_gram() -> None:
    features = normal(2, 3, 4, 5)
    expected = np.einsum("bhwi,bhwj->bij", features, features) / (3 * 4 * 5)
    np.testing.assert_allclose(gram(features), expected, rtol=1e-4, atol=1e-6)


def test_gram_distance_and_its_gradient() -> None:
    features, reference = tf.Variable(normal(3, 4, 5, 6)), gram(normal(3, 2, 2, 6))
    weights = tf.constant([1.0, -2.0, 0.5])
    results = []
    for function in (gram_distance, plain.gram_distance):
        with tf.GradientTape() as tape:
            distance = function(features, reference)
            total = tf.reduce_sum(distance * weights)
        results.append((distance, tape.gradient(total, features)))
    for own, expected in zip(*results, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-7)


def test_caffe_input() -> None:
    image = np.float32([-1, 0, 1]).reshape(1, 1, 1, 3)
    np.testing.assert_allclose(np.asarray(caffe_input(image, (1, 2, 3))).ravel(), [254, 125.5, -3])


def test_labels() -> None:
    np.testing.assert_array_equal(as_labels([0, 9], 10, "shape"), [0, 9])
    assert as_labels(np.int64([3]), 10, "shape").dtype == tf.int32


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 10], r"shape labels: expected values in \[0, 10\), got \[10\]"),
        ([-1], r"got \[-1\]"),
        ([0.5], "expected integers"),
        (3, r"expected shape \[B\], got \(\)"),
        ([[1]], r"expected shape \[B\], got \(1, 1\)"),
        ([[0.5, 0.5]], r"shape labels: expected integer labels \[B\], got float64 \[1, 2\]; of one-hot labels give np"),
        (np.eye(10, dtype=np.int8), r"expected integer labels \[B\], got int8 \[10, 10\]"),
        (np.eye(10, dtype=bool), r"expected integer labels \[B\], got bool \[10, 10\]"),
        (["a"], "expected integers"),
    ],
)
def test_bad_labels(labels: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_labels(labels, 10, "shape")
