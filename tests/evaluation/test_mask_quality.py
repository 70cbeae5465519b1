"""The judge is judged: on composites whose figures are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cgn_tf.datasets.digits.colored import COLORED_RGB
from cgn_tf.datasets.digits.sources import Digits
from cgn_tf.evaluation.mask_classifier import binarise, read, train_mask_classifier
from cgn_tf.evaluation.mask_quality import evaluate_masks, mean_stroke_colour, nearest_colour
from cgn_tf.types import Composite, Triplet


def bars(labels: np.ndarray) -> np.ndarray:
    """A bar at row 3 · label, so that the class can be read from it: [B, 32, 32, 1]."""
    mask = np.full((len(labels), 32, 32, 1), 1e-4, np.float32)
    for image, label in zip(mask, labels, strict=True):
        image[3 * label : 3 * label + 3] = 1 - 1e-4
    return mask


def paint(labels: np.ndarray, strength: float = 1.0) -> np.ndarray:
    colour = COLORED_RGB[labels] / np.float32(127.5) * strength - 1
    return np.broadcast_to(colour[:, None, None], (len(labels), 32, 32, 3)).astype(np.float32)


class Fake:
    """A CGN that is right, but for the classes it is told to fail."""

    num_classes, noise_dim, image_size, shuffles = 10, 4, 32, True

    def __init__(self, misshapen: tuple[int, ...] = (), miscoloured: tuple[int, ...] = (), soft: bool = False) -> None:
        self.misshapen, self.miscoloured, self.soft = misshapen, miscoloured, soft
        self.calls: list[Triplet[np.ndarray]] = []
        self.noise: list[np.ndarray] = []
        self.truncations: list[float] = []

    def __call__(self, noise: Any, labels: Triplet[np.ndarray], offsets: Any, truncation: float) -> Composite:
        assert noise.shape == (len(labels.shape), 4)
        assert offsets.shape == (len(labels.shape), 2, 2)
        self.calls.append(labels)
        self.noise.append(noise)
        self.truncations.append(truncation)
        mask = bars(np.where(np.isin(labels.shape, self.misshapen), (labels.shape + 1) % 10, labels.shape))
        mask = 0.3 + 0.4 * mask if self.soft else mask
        wrong = np.isin(labels.texture, self.miscoloured)
        foreground = paint(np.where(wrong, (labels.texture + 1) % 10, labels.texture))
        background = -np.ones_like(foreground)
        return Composite(mask * foreground + (1 - mask) * background, mask, mask, foreground, background)


def mask_classifier(strokes: np.ndarray) -> np.ndarray:
    return strokes[:, 1:31:3, 0, 0]


def test_a_perfect_generator() -> None:
    figures = evaluate_masks(Fake(), mask_classifier, COLORED_RGB, samples=1_001, seed=0, counterfactual=False)
    assert figures["read"] == figures["colour"] == figures["decided"] == 1
    assert figures["mask_mean"] == pytest.approx(3 / 32, abs=1e-3)
    assert figures["read_by_class"] == figures["colour_by_class"] == [1.0] * 10


def test_failures_are_seen_class_by_class() -> None:
    fake = Fake(misshapen=(3,), miscoloured=(5, 6))
    figures = evaluate_masks(fake, mask_classifier, COLORED_RGB, samples=2_000, seed=0, counterfactual=True)
    assert figures["read"] == pytest.approx(0.9)
    assert figures["read_by_class"][3] == 0
    assert figures["colour_by_class"] == [0.0 if label in (5, 6) else 1.0 for label in range(10)]
    assert figures["colour"] == pytest.approx(0.8, abs=0.03)
    labels = fake.calls[0]
    assert 0.05 < (labels.texture == labels.shape).mean() < 0.16
    assert 0.05 < (labels.texture == labels.background).mean() < 0.16


def test_truncation_scales_the_noise() -> None:
    whole, half = Fake(), Fake()
    evaluate_masks(whole, mask_classifier, None, samples=20, seed=0, counterfactual=True)
    evaluate_masks(half, mask_classifier, None, samples=20, seed=0, counterfactual=True, truncation=0.5)
    assert whole.noise[0].dtype == half.noise[0].dtype == np.float32
    np.testing.assert_array_equal(half.noise[0], whole.noise[0])
    assert (whole.truncations, half.truncations) == ([1.0], [0.5])
    np.testing.assert_array_equal(half.calls[0].texture, whole.calls[0].texture)


def test_undecided_masks_and_data_without_colours() -> None:
    figures = evaluate_masks(Fake(soft=True), mask_classifier, None, samples=100, seed=0, counterfactual=False)
    assert figures["decided"] == 0
    assert "colour" not in figures


def test_an_empty_mask_has_no_colour() -> None:
    mask = np.zeros((1, 32, 32, 1), np.float32)
    image = paint(np.array([0]))
    colour = mean_stroke_colour(Composite(image, mask, mask, image, image))
    assert np.isnan(colour).all()
    assert nearest_colour(colour, COLORED_RGB).tolist() == [-1]
    assert nearest_colour(COLORED_RGB / 255, COLORED_RGB).tolist() == list(range(10))


def test_the_reader_learns_to_read() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 300).astype(np.int32)
    images = (255 * bars(labels)[..., 0]).astype(np.uint8)
    assert set(np.unique(binarise(images))) == {0.0, 1.0}
    trained = train_mask_classifier(Digits(images[:250], labels[:250]), steps=60, batch_size=32, seed=0)
    assert (read(trained, binarise(images[250:]), batch_size=20) == labels[250:]).mean() > 0.95
    again = train_mask_classifier(Digits(images[:250], labels[:250]), steps=60, batch_size=32, seed=0)
    for first, second in zip(trained.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-3)
