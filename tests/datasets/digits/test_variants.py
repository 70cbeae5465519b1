from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import tensorflow as tf
from PIL import ImageColor
from scipy import stats

from cgn_tf.datasets.digits.colored import COLORED_RGB, Colored
from cgn_tf.datasets.digits.double_colored import (
    DOUBLE_COLORED_BACKGROUND_RGB,
    DOUBLE_COLORED_STROKE_RGB,
    DoubleColored,
)
from cgn_tf.datasets.digits.textures import Textures
from cgn_tf.datasets.digits.wildlife import Wildlife
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.types import Triplet

KEY = tf.constant([7, 8], tf.int64)


@dataclass
class Example:
    """Ten digits, one of each class, whose texture and background labels are other permutations."""

    digits: np.ndarray
    labels: Triplet[np.ndarray]


@pytest.fixture
def example() -> Example:
    generator = np.random.default_rng(2)
    digits = generator.integers(0, 256, (10, 32, 32), dtype=np.uint8)
    digits[:, 0, :4] = [0, 25, 26, 255]
    permutations = (generator.permutation(10).astype(np.int32) for _ in range(3))
    return Example(digits, Triplet(*permutations))


def test_colours_are_those_of_the_paper():
    assert COLORED_RGB.shape == (10, 3)
    assert COLORED_RGB[[0, 3, 9]].tolist() == [[220, 20, 60], [0, 149, 182], [128, 0, 0]]
    names = ["darkgreen", "darkblue", "#b03060", "orangered", "yellow",
             "burlywood", "lime", "aqua", "fuchsia", "#6495ed"]  # fmt: skip
    assert DOUBLE_COLORED_BACKGROUND_RGB.tolist() == [list(ImageColor.getrgb(name)) for name in names]


def test_stroke_colours_are_shifted_by_four():
    for label in range(10):
        expected = DOUBLE_COLORED_BACKGROUND_RGB[(label + 4) % 10]
        np.testing.assert_array_equal(DOUBLE_COLORED_STROKE_RGB[label], expected)
    assert DOUBLE_COLORED_STROKE_RGB[0].tolist() == [255, 255, 0]  # yellow on dark green
    assert DOUBLE_COLORED_STROKE_RGB[7].tolist() == [0, 0, 139]  # dark blue on aqua


def test_colored_equals_the_formula(example):
    jitter = np.random.default_rng(3).normal(0.0, 0.3, (10, 3)).astype(np.float32)
    image = Colored().render(example.digits, example.labels, jitter).numpy()
    colour = np.clip(COLORED_RGB[example.labels.texture] / 255.0 + jitter, 0.0, 1.0)
    assert (colour == 0.0).any(), "the example must reach both ends of the clip"
    assert (colour == 1.0).any(), "the example must reach both ends of the clip"
    expected = 2.0 * example.digits[..., None] / 255.0 * colour[:, None, None] - 1.0
    np.testing.assert_allclose(image, expected, atol=1e-6)
    assert image.dtype == np.float32
    assert image.min() == -1.0
    assert image.max() <= 1.0
    np.testing.assert_array_equal(image[:, 0, 0], -1.0)  # black


def test_colored_without_jitter_shows_the_colour_of_its_class(example):
    image = Colored().render(example.digits, example.labels, tf.zeros((10, 3))).numpy()
    white = (image[:, 0, 3] + 1.0) * 127.5
    np.testing.assert_allclose(white, COLORED_RGB[example.labels.texture], atol=1e-4)


def test_colored_jitter_has_variance_two_hundredths():
    jitter = Colored().draws(20_000, KEY).numpy()
    assert jitter.shape == (20_000, 3)
    np.testing.assert_allclose(jitter.var(0), 0.02, rtol=0.04)
    np.testing.assert_allclose(jitter.mean(0), 0.0, atol=0.004)
    correlations = np.corrcoef(jitter.T)[np.triu_indices(3, 1)]
    np.testing.assert_allclose(correlations, 0.0, atol=0.03)


def test_double_colored_equals_the_formula(example):
    jitter = np.random.default_rng(4).normal(0.0, 0.05, (10, 2, 3)).astype(np.float32)
    image = DoubleColored().render(example.digits, example.labels, jitter).numpy()
    stroke = DOUBLE_COLORED_BACKGROUND_RGB[(example.labels.texture + 4) % 10] / 255.0 + jitter[:, 0]
    background = DOUBLE_COLORED_BACKGROUND_RGB[example.labels.background] / 255.0 + jitter[:, 1]
    mask = (example.digits / 255.0 > 0.1)[..., None]
    expected = np.where(mask, stroke[:, None, None], background[:, None, None]).clip(0.0, 1.0) * 2.0 - 1.0
    np.testing.assert_allclose(image, expected, atol=1e-6)
    assert image.min() >= -1.0
    assert image.max() <= 1.0
    # the threshold: 25/255 < 0.1 < 26/255
    np.testing.assert_array_equal(image[:, 0, 1], image[:, 0, 0])
    np.testing.assert_array_equal(image[:, 0, 2], image[:, 0, 3])


def test_double_colored_jitter_has_a_std_of_one_hundredth():
    jitter = DoubleColored().draws(20_000, KEY).numpy()
    assert jitter.shape == (20_000, 2, 3)
    np.testing.assert_allclose(jitter.std(0), 0.01, rtol=0.02)
    assert abs(np.corrcoef(jitter[:, 0].ravel(), jitter[:, 1].ravel())[0, 1]) < 0.02


def test_wildlife_lays_real_crops_over_each_other(example, textures):
    corners = np.random.default_rng(5).integers(0, 125, (10, 2, 2)).astype(np.int32)
    corners[0], corners[1] = 0, 124  # both ends of the range
    image = Wildlife(textures).render(example.digits, example.labels, corners).numpy()
    for index in range(10):
        crops = []
        for factor, (row, column), sample_grid in (
            (example.labels.texture, corners[index, 0], textures.foreground),
            (example.labels.background, corners[index, 1], textures.background),
        ):
            crops.append(sample_grid[factor[index], row : row + 32, column : column + 32])
        expected = np.where((example.digits[index] > 25)[..., None], *crops) / 127.5 - 1.0
        np.testing.assert_allclose(image[index], expected, atol=1e-6)
    assert image.min() == -1.0
    assert image.max() == 1.0


def test_wildlife_corners_are_uniform_and_independent(textures):
    corners = Wildlife(textures).draws(20_000, KEY).numpy().reshape(20_000, 4)
    assert (corners.min(), corners.max()) == (0, 124)
    for column in range(4):
        counts = np.bincount(corners[:, column], minlength=125)
        assert stats.chisquare(counts).pvalue > 1e-3
    np.testing.assert_allclose(np.corrcoef(corners.T) - np.eye(4), 0.0, atol=0.03)


@pytest.mark.parametrize("kind", [Colored, DoubleColored, Wildlife])
def test_draws_are_a_pure_function_of_the_key(kind, textures):
    variant = kind(textures) if kind is Wildlife else kind()
    first = variant.draws(50, KEY).numpy()
    np.testing.assert_array_equal(first, variant.draws(50, KEY).numpy())
    other = variant.draws(50, tf.constant([7, 9], tf.int64)).numpy()
    assert np.mean(first == other) < 0.05


def test_stroke_colours_are_known_where_a_class_has_one():
    np.testing.assert_array_equal(DATASETS["colored_mnist"].stroke_colours, COLORED_RGB)
    np.testing.assert_array_equal(DATASETS["double_colored_mnist"].stroke_colours, DOUBLE_COLORED_STROKE_RGB)
    assert DATASETS["wildlife_mnist"].stroke_colours is None


def test_wildlife_needs_textures_to_crop(textures):
    with pytest.raises(ValueError, match=r"textures: expected uint8 \(10, 156, 156, 3\), got uint8 \(9, "):
        Wildlife(Textures(textures.foreground[:9], textures.background))
    with pytest.raises(ValueError, match="got float64"):
        Wildlife(Textures(textures.foreground, textures.background / 255.0))
