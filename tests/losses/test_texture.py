from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.errors import ConfigError
from cgn_tf.losses.binary_entropy import BinaryEntropyOptions
from cgn_tf.losses.content import ContentOptions
from cgn_tf.losses.inputs import LossInputs
from cgn_tf.losses.style import StyleOptions, style
from cgn_tf.losses.texture import TEXTURE, TextureLoss, TextureOptions
from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.ops.gram import gram
from cgn_tf.ops.patches import PatchGridConfig, patch_grid
from cgn_tf.types import Composite
from cgn_tf.weights.feature_weights import load_feature_weights
from tests.losses.summed import summed

PICKS = np.random.default_rng(1).integers(0, 100, (2, 36)).astype(np.int32)


class CountingFeatures:
    """Taps that are multiples of the images; remembers which images were read for which taps."""

    taps = (0, 2, 3)

    def __init__(self) -> None:
        self.read: list[tuple[float, list[int]]] = []

    def __call__(self, images: Any, taps: Any = None) -> list[Any]:
        self.read.append((round(float(np.mean(images)), 3), list(taps)))
        return [images * (tap + 1) for tap in taps]


def flat_composite() -> Composite:
    """Image 0.1, foreground 0.2, background 0.3; the mask is high on the left."""
    image, foreground, background = (np.full((2, 16, 16, 3), value, np.float32) for value in (0.1, 0.2, 0.3))
    mask = np.full((2, 16, 16, 1), 0.1, np.float32)
    mask[:, :, :8] = 0.9
    return Composite(image, mask, mask, foreground, background)


def texture(
    weights: dict[int, float], parts: Composite, reference: Any, picks: Any, features: Any, **kwargs: Any
) -> Any:
    """The texture loss alone, [B]."""
    inputs = LossInputs(parts, reference=reference, patch_indices=picks, features=features)
    return TextureLoss(weights, **kwargs)(inputs)


REFERENCE = np.full((2, 16, 16, 3), 0.4, np.float32)


def composite(size: int = 48) -> tuple[Composite, Any]:
    random = np.random.default_rng(0)
    image, foreground, background, reference = random.uniform(-1, 1, (4, 2, size, size, 3)).astype(np.float32)
    mask = random.uniform(0, 1, (2, size, size, 1)).astype(np.float32)
    return Composite(*map(tf.constant, (image, mask, mask, foreground, background))), tf.constant(reference)


def test_by_hand() -> None:
    value = texture({2: 0.5, 3: 2}, flat_composite(), REFERENCE, PICKS, CountingFeatures())
    # the Gram matrix of three equal channels of v is v²/3; tap i is the image times i + 1
    expected = 5000 * (0.4**2 - 0.2**2) / 3 * (0.5**2 * 3**2 + 2**2 * 4**2)
    np.testing.assert_allclose(value, [expected] * 2, rtol=1e-5)


def test_only_the_masked_part_of_the_reference_counts() -> None:
    reference = np.where(np.arange(16)[:, None] < 12, REFERENCE, np.float32(-1))
    value = texture({0: 1}, flat_composite(), reference, PICKS, CountingFeatures())
    np.testing.assert_allclose(value, [5000 * (0.4**2 - 0.2**2) / 3] * 2, rtol=1e-4)


def test_equals_the_plain_computation() -> None:
    features = FeatureNetwork("squeezenet", [0, 1])
    parts, reference = composite()
    settings = PatchGridConfig(working_size=32, patch_size=8, best=20, grid=3)
    picks = PICKS[:, :9] % 20
    patches = patch_grid(reference, parts.mask, picks, 32, 8, 20, 3)
    expected = style(features(parts.foreground), [gram(tap) for tap in features(patches)], [0.1, 0.3])
    value = texture({0: 0.1, 1: 0.3}, parts, reference, picks, features, config=settings)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_the_gradient_reaches_the_foreground_only() -> None:
    parts, reference = composite()
    features = FeatureNetwork("squeezenet", [0, 1])
    with tf.GradientTape() as tape:
        tape.watch([*parts, reference])
        total = tf.reduce_sum(texture({0: 0.1, 1: 0.3}, parts, reference, PICKS, features))
    gradients = dict(zip([*Composite._fields, "reference"], tape.gradient(total, [*parts, reference]), strict=True))
    foreground = np.asarray(gradients.pop("foreground"))
    assert set(gradients.values()) == {None}
    assert np.isfinite(foreground).all()
    assert (np.abs(foreground).max(axis=(1, 2, 3)) > 0).all()


STYLE, BANKED = StyleOptions((1, 0, 2, 0)), StyleOptions((1, 0, 2, 0), 2)
CONTENT, TEXTURED = ContentOptions((0, 0, 1, 1)), TextureOptions((0, 0, 0, 5))


class Bank:
    def targets(self, labels: Any, indices: Any) -> dict[int, Any]:
        return dict.fromkeys((0, 2, 3), np.zeros((2, 3, 3), np.float32))


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ([STYLE], [(0.1, [0, 2]), (0.4, [0, 2])]),
        ([BANKED], [(0.1, [0, 2])]),
        ([STYLE, CONTENT], [(0.1, [0, 2, 3]), (0.4, [0, 2, 3])]),
        ([BANKED, CONTENT], [(0.1, [0, 2, 3]), (0.4, [2, 3])]),
        ([TEXTURED], [(0.4, [3]), (0.2, [3])]),
        ([TEXTURED, CONTENT], [(0.1, [2, 3]), (0.4, [2, 3]), (0.4, [3]), (0.2, [3])]),
        ([BinaryEntropyOptions(1.0)], []),
    ],
)
def test_each_image_is_read_once_and_only_for_the_taps_it_needs(options: list[Any], read: list[Any]) -> None:
    features = CountingFeatures()
    objective = summed(*options, features=features, bank=Bank() if BANKED in options else None)
    raw = objective(objective.inputs(flat_composite(), reference=REFERENCE, patch_indices=PICKS))
    assert len(raw) == len(options)
    assert features.read == read


def test_a_picture_as_its_own_patch_grid_has_the_references_value(shared: Path) -> None:
    """One patch as large as the image: the grid is the image, and the texture term the Gram loss at 0, 5, 5, 0."""
    folder = shared / "golden"
    if not (folder / "losses.json").is_file():
        pytest.skip(f"needs {folder / 'losses.json'}")
    golden = json.loads((folder / "losses.json").read_text())
    inputs = np.load(folder / "losses_inputs.npz")
    features = FeatureNetwork("vgg16", input_range="raw")
    load_feature_weights(features, "random", seed=0)
    parts = Composite(inputs["x"], inputs["mask"], inputs["mask"], inputs["x_rec"], inputs["x"])
    one_patch = PatchGridConfig(64, 64, 1, 1)
    value = texture({1: 5, 2: 5}, parts, inputs["x"], np.zeros((2, 1), np.int32), features, config=one_patch)
    assert float(np.mean(value)) == pytest.approx(golden["perceptual_style_0550_total"], rel=1e-5)


def test_the_patches_that_are_drawn() -> None:
    assert TextureLoss({0: 1.0}).config == PatchGridConfig(128, 15, 100, 6)
    assert TEXTURE.patch_indices is not None
    assert TEXTURE.patch_indices(TEXTURED) == (36, 100)


def test_refused() -> None:
    with pytest.raises(
        ValueError, match=r"patch_indices: expected int32 \[B, patches\] for the texture loss, got None"
    ):
        texture({2: 1}, flat_composite(), REFERENCE, None, CountingFeatures())
    with pytest.raises(ValueError, match="reference: expected images to compare with, got None"):
        texture({2: 1}, flat_composite(), None, PICKS, CountingFeatures())
    with pytest.raises(ConfigError, match="`texture_weights`: expected four numbers, one a tap, got 0"):
        TextureOptions(())
    with pytest.raises(ConfigError, match="`style_reference_bank=2` needs the style loss"):
        StyleOptions(style_reference_bank=2)
