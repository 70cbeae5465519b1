"""A mechanism that cuts windows out of a picture of the class."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.mechanisms.learned_image_crop import TURNS, LearnedImageCropMechanism


def inputs(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    return random.standard_normal((count, 32)).astype(np.float32), np.eye(10, dtype=np.float32)[np.arange(count) % 10]


def mechanism(learned_image_size: int = 40, **options: object) -> LearnedImageCropMechanism:
    keras.utils.set_random_seed(0)
    own = LearnedImageCropMechanism(learned_image_size=learned_image_size, **options)
    own.build((None, 32), (None, 10))
    return own


def at(row: int, column: int, size: int) -> np.ndarray:
    """Noise that puts the corner there: the middle of the pixel, and some turns."""
    turns = (row + 0.5) / size - 300, (column + 0.5) / size + 70
    return np.array([[*(turn / TURNS for turn in turns), *[0.3] * 30]], np.float32)


def test_the_stated_count_and_size() -> None:
    own = mechanism(96)
    assert sum(int(np.prod(variable.shape)) for variable in own.trainable_variables) == 304_128
    assert own(*inputs(2)).shape == (2, 32, 32, 3)
    assert LearnedImageCropMechanism(16, 20, 1)(*inputs(2)).shape == (2, 16, 16, 1)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (5, 3), (39, 0), (30, 37)])
def test_an_image_is_a_window_of_its_classes_canvas_whose_edges_meet(row: int, column: int) -> None:
    own = mechanism()
    own.canvas.bias.assign(np.random.default_rng(2).normal(size=own.canvas.bias.shape))
    label = np.eye(10, dtype=np.float32)[7:8]
    canvas = np.reshape(own.canvas.kernel.numpy()[7] + own.canvas.bias.numpy(), (40, 40, 3))
    expected = np.tanh(np.roll(canvas, (-row, -column), (0, 1))[:32, :32])
    np.testing.assert_allclose(own(at(row, column, 40), label)[0], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("truncation", [0.1, 1.0, 1.25])
def test_every_place_is_as_likely(truncation: float) -> None:
    own = LearnedImageCropMechanism(1, 4, 1)
    own.build((None, 2), (None, 1))
    own.canvas.kernel.assign(0.1 * np.arange(16, dtype=np.float32)[None])
    noise = truncation * np.random.default_rng(3).standard_normal((32_000, 2)).astype(np.float32)
    values = np.arctanh(np.asarray(own(noise, np.ones((32_000, 1), np.float32))).ravel())
    counts = np.bincount(np.rint(10 * values).astype(int), minlength=16)
    # chi-squared of 15 degrees of freedom: above 37.7 once in a thousand
    assert np.sum((counts - 2_000) ** 2 / 2_000) < 37.7


def test_the_canvas_learns_where_the_window_is_and_nowhere_else() -> None:
    own = mechanism()
    label = np.eye(10, dtype=np.float32)[7:8]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(own(at(30, 37, 40), label, training=True))
    kernel, _ = tape.gradient(loss, own.trainable_variables)
    moved = np.reshape(kernel.numpy(), (10, 40, 40, 3)) != 0
    expected = np.zeros((40, 40), bool)
    expected[:32, :32] = True
    np.testing.assert_array_equal(moved[7], np.roll(expected, (30, 37), (0, 1))[..., None] & np.ones(3, bool))
    assert not moved[np.arange(10) != 7].any()


def test_half_precision_cuts_at_the_same_places() -> None:
    own, half = mechanism(96), mechanism(96, dtype="mixed_bfloat16")
    half.set_weights(own.get_weights())
    images, rounded = (np.asarray(one(*inputs(50)), np.float32) for one in (own, half))
    assert np.abs(images - rounded).max() < 2**-7
    assert images.std() > 0.02


def test_the_constructor_is_kept() -> None:
    config = LearnedImageCropMechanism(16, 20, 1, name="texture").get_config()
    assert LearnedImageCropMechanism.from_config(config).get_config() == config


def test_a_canvas_is_no_smaller_than_its_windows() -> None:
    with pytest.raises(ValueError, match="learned_image_size: expected at least the 32 pixels of an image, got 31"):
        LearnedImageCropMechanism(learned_image_size=31)
    with pytest.raises(ValueError, match="noise: expected at least 2 values, for row and column of a window, got 1"):
        LearnedImageCropMechanism().build((None, 1), (None, 10))


def test_a_cgn_of_canvases_shifts_nothing() -> None:
    cgn = digit_cgn(
        shape="deep",
        texture="learned_image_crop",
        background="learned_image_crop",
        masker="sigmoid",
        learned_image_size=40,
    )
    cgn.build()
    assert not cgn.shuffles
    assert cgn.background_mechanism.learned_image_size == 40
    with pytest.raises(ValueError, match="no shuffler"):
        cgn(inputs(2)[0], [0, 1], offsets=np.zeros((2, 2, 2), np.int32))
