"""The losses against their formulas, and against the PyTorch reference where its values lie beside the checkout."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.losses import adversarial
from cgn_tf.losses.background import mean_saliency
from cgn_tf.losses.binary_entropy import binary_entropy
from cgn_tf.losses.content import content
from cgn_tf.losses.mask_border import mask_border
from cgn_tf.losses.mask_size import mask_size
from cgn_tf.losses.reconstruction import l1
from cgn_tf.losses.style import style


def masks(*values: float) -> np.ndarray:
    """One constant mask for each value."""
    return np.float32(values).reshape(-1, 1, 1, 1) * np.ones((1, 8, 8, 1), np.float32)


def test_least_squares_gan() -> None:
    np.testing.assert_allclose(adversarial.least_squares_generator(np.float32([0, 1, 3])), [1, 0, 4])
    np.testing.assert_allclose(
        adversarial.least_squares_discriminator(np.float32([1, 0]), np.float32([0, 2])), [0, 2.5]
    )


def test_hinge() -> None:
    np.testing.assert_allclose(adversarial.hinge_generator(np.float32([2, -1])), [-2, 1])
    np.testing.assert_allclose(adversarial.hinge_discriminator(np.float32([2, 0.5]), np.float32([-3, 0.25])), [0, 1.75])


def test_players_by_name() -> None:
    hinge = adversarial.AdversarialLoss("hinge")
    np.testing.assert_allclose(hinge.discriminator(np.float32([2, 0.5]), np.float32([-3, 0.25])), [0, 1.75])
    with pytest.raises(ValueError, match="kind: expected one of least_squares, hinge, got 'wasserstein'"):
        adversarial.AdversarialLoss("wasserstein")


def test_binary_entropy_is_in_bits() -> None:
    found = binary_entropy(masks(0.5, 0.25, 1e-4))
    quarter = -(0.25 * math.log2(0.25) + 0.75 * math.log2(0.75))
    np.testing.assert_allclose(found, [1, quarter, 0.001473], rtol=1e-3)


def test_mask_size_is_free_within_its_bounds() -> None:
    np.testing.assert_allclose(mask_size(masks(0.02, 0.1, 0.5, 0.97)), [0.08, 0, 0, 0.07], atol=1e-6)
    np.testing.assert_allclose(mask_size(masks(0.02, 0.5), low=0.01, high=0.4), [0, 0.1], atol=1e-6)


def test_mask_border_sees_the_frame_only() -> None:
    inside, frame = np.zeros((1, 8, 8, 1), np.float32), np.ones((1, 8, 8, 1), np.float32)
    inside[:, 2:-2, 2:-2] = 1
    frame[:, 2:-2, 2:-2] = 0
    values = [float(mask_border(m, 2)[0]) for m in (inside, frame, frame + inside, 0.5 * frame)]
    np.testing.assert_allclose(values, [0, 0.99, 0.99, 0.49], atol=1e-6)


def test_mask_border_leaves_a_dark_frame_alone() -> None:
    m = tf.constant(masks(0.005, 0.5))
    with tf.GradientTape() as tape:
        tape.watch(m)
        total = tf.reduce_sum(mask_border(m, 2))
    frame = tape.gradient(total, m).numpy()[:, 0, 0, 0]
    np.testing.assert_allclose(frame, [0, 1 / 48])


def test_l1() -> None:
    a, b = np.zeros((2, 2, 2, 3), np.float32), np.ones((2, 2, 2, 3), np.float32)
    np.testing.assert_allclose(l1(a, b * np.float32([1, -3]).reshape(2, 1, 1, 1)), [1, 3])


def test_style_squares_its_weights_and_content_does_not() -> None:
    one, two = np.ones((1, 1, 2, 1), np.float32), 3 * np.ones((1, 2, 2, 1), np.float32)
    zeros = [np.zeros_like(one), np.zeros_like(two)]
    zero_grams = [np.zeros((1, 1, 1), np.float32)] * 2
    # Gram matrices 1 and 9
    np.testing.assert_allclose(style([one, two], zero_grams, [2, 0.1]), [5000 * (4 + 0.09)], rtol=1e-5)
    np.testing.assert_allclose(content([one, two], zeros, [2, 0.1]), [2 + 0.3], rtol=1e-5)
    with pytest.raises(ValueError, match="zip"):
        style([one], zero_grams, [1])


def test_saliency_is_a_mean() -> None:
    np.testing.assert_allclose(mean_saliency(masks(0.25, 1)), [0.25, 1])


@pytest.fixture
def golden(shared: Path) -> tuple[Any, dict[str, Any]]:
    folder = shared / "golden"
    if not (folder / "losses.json").is_file():
        pytest.skip(f"needs {folder / 'losses.json'}")
    return np.load(folder / "losses_inputs.npz"), json.loads((folder / "losses.json").read_text())


GOLDEN: dict[str, Callable[[Any], Any]] = {
    "reconstruction_l1_w100": lambda inputs: 100 * np.mean(l1(inputs["x_rec"], inputs["x"])),
    "binary_entropy_w300": lambda inputs: 300 * np.mean(binary_entropy(inputs["mask"])),
    "mask_size_w500": lambda inputs: 500 * np.asarray(mask_size(inputs["mask_extreme"])),
    "background_w2000": lambda inputs: 2000 * np.asarray(mean_saliency(inputs["mask_extreme"])),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_reference_values(name: str, golden: tuple[Any, dict[str, Any]]) -> None:
    inputs, expected = golden
    np.testing.assert_allclose(GOLDEN[name](inputs), expected[name], rtol=1e-5)
