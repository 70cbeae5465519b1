from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.losses.image_diversity import image_diversity
from cgn_tf.losses.mask_diversity import mask_diversity


def test_masks_of_a_pair_are_to_differ_by_a_share_of_their_size() -> None:
    left, right = np.zeros((1, 8, 8, 1), np.float32), np.zeros((1, 8, 8, 1), np.float32)
    left[:, :4], right[:, 2:6] = 1, 1  # half of each, a quarter of the frame in common
    pairs = np.concatenate([left, left, left, right, 0 * left, 0 * left])
    # the second pair's difference, 0.5, over its size, 0.5 + 0.02
    expected = [1, 1, *[1 - 0.5 / 0.52 / 1.2] * 2, 1, 1]
    np.testing.assert_allclose(mask_diversity(pairs, 1.2), expected, rtol=1e-5)
    np.testing.assert_allclose(mask_diversity(pairs, 0.9)[2:4], [0, 0])


def halves(axis: int, contrast: float = 1.0, level: float = 0.0) -> np.ndarray:
    """[1, 16, 16, 3], one half brighter than the other by `contrast`."""
    image = np.full((1, 16, 16, 3), level, np.float32)
    image[(slice(None),) * axis + (slice(8, None),)] += contrast
    return image


@pytest.mark.parametrize(("contrast", "level"), [(1.0, 0.0), (1.0, -0.7), (0.5, 0.2)])
def test_images_of_a_pair_are_to_differ_by_a_share_of_their_contrast(contrast: float, level: float) -> None:
    across, down = (halves(axis, contrast, level) for axis in (1, 2))
    # they differ by the contrast in half of the pixels; every pixel is half of it from its image's mean colour
    relative = 0.5 * contrast / (0.5 * contrast + 0.02)
    found = image_diversity(np.concatenate([across, down, across, across]), 2.0)
    np.testing.assert_allclose(found, [*[1 - relative / 2] * 2, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(image_diversity(np.concatenate([across, down]), 0.5), [0, 0])


def test_grain_makes_no_variety_of_images() -> None:
    grain = np.random.default_rng(0).choice([-0.5, 0.5], (1, 16, 16, 1)).astype("float32")
    grain[:, ::2] = -grain[:, 1::2]  # a mean of 0 in every cell
    pair = np.concatenate([halves(1) + grain, halves(1) - grain])
    np.testing.assert_allclose(image_diversity(pair), [1, 1], rtol=1e-5)


@pytest.mark.parametrize(("term", "channels"), [(mask_diversity, 1), (image_diversity, 3)])
def test_a_step_down_the_gradient_makes_a_pair_differ_more(term: Callable[[Any], Any], channels: int) -> None:
    start = np.random.default_rng(0).uniform(0, 1, (1, 16, 16, channels)).astype("float32")
    pair = tf.Variable(np.concatenate([start, start + 0.01 * np.random.default_rng(1).normal(size=start.shape)]))
    before = float(keras.ops.mean(term(pair)))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(term(pair))
    pair.assign_sub(0.5 * tape.gradient(total, pair))
    assert float(keras.ops.mean(term(pair))) < before - 0.01
