from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.losses.perceptual import style
from cgn_tf.losses.terms import REFERENCE_TERMS, LossTerms
from cgn_tf.models.features import FeatureNetwork
from cgn_tf.ops.gram import gram
from cgn_tf.ops.patches import SheetSettings, patch_sheet
from cgn_tf.types import Composite
from cgn_tf.weights.feature_weights import load_feature_weights

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


REFERENCE = np.full((2, 16, 16, 3), 0.4, np.float32)


def composite(size: int = 48) -> tuple[Composite, Any]:
    random = np.random.default_rng(0)
    image, foreground, background, reference = random.uniform(-1, 1, (4, 2, size, size, 3)).astype(np.float32)
    mask = random.uniform(0, 1, (2, size, size, 1)).astype(np.float32)
    return Composite(*map(tf.constant, (image, mask, mask, foreground, background))), tf.constant(reference)


def test_by_hand() -> None:
    terms = LossTerms({"texture": 1.0}, CountingFeatures(), texture_taps=[0, 0.5, 2])
    value = terms(flat_composite(), REFERENCE, patch_picks=PICKS)["texture"]
    # the Gram matrix of three equal channels of v is v²/3; tap i is the image times i + 1
    expected = 5000 * (0.4**2 - 0.2**2) / 3 * (0.5**2 * 3**2 + 2**2 * 4**2)
    np.testing.assert_allclose(value, [expected] * 2, rtol=1e-5)


def test_only_the_masked_part_of_the_reference_counts() -> None:
    terms = LossTerms({"texture": 1.0}, CountingFeatures(), texture_taps=[1, 0, 0])
    reference = np.where(np.arange(16)[:, None] < 12, REFERENCE, np.float32(-1))
    value = terms(flat_composite(), reference, patch_picks=PICKS)["texture"]
    np.testing.assert_allclose(value, [5000 * (0.4**2 - 0.2**2) / 3] * 2, rtol=1e-4)


def test_equals_the_plain_computation() -> None:
    features = FeatureNetwork("squeezenet", [0, 1])
    parts, reference = composite()
    settings = SheetSettings(working_size=32, patch_size=8, best=20, grid=3)
    picks = PICKS[:, :9] % 20
    terms = LossTerms({"texture": 1.0}, features, texture_taps=[0.1, 0.3], sheet=settings)
    sheet = patch_sheet(reference, parts.mask, picks, 32, 8, 20, 3)
    expected = style(features(parts.foreground), [gram(tap) for tap in features(sheet)], [0.1, 0.3])
    np.testing.assert_allclose(terms(parts, reference, patch_picks=picks)["texture"], expected, rtol=1e-5)


def test_the_gradient_reaches_the_foreground_only() -> None:
    parts, reference = composite()
    terms = LossTerms({"texture": 1.0}, FeatureNetwork("squeezenet", [0, 1]), texture_taps=[0.1, 0.3])
    with tf.GradientTape() as tape:
        tape.watch([*parts, reference])
        total = tf.reduce_sum(terms(parts, reference, patch_picks=PICKS)["texture"])
    gradients = dict(zip([*Composite._fields, "reference"], tape.gradient(total, [*parts, reference]), strict=True))
    foreground = np.asarray(gradients.pop("foreground"))
    assert set(gradients.values()) == {None}
    assert np.isfinite(foreground).all()
    assert (np.abs(foreground).max(axis=(1, 2, 3)) > 0).all()


@pytest.mark.parametrize(
    ("weights", "given_targets", "read"),
    [
        ({"style": 1}, False, [(0.1, [0, 2]), (0.4, [0, 2])]),
        ({"style": 1}, True, [(0.1, [0, 2])]),
        ({"style": 1, "content": 1}, False, [(0.1, [0, 2, 3]), (0.4, [0, 2, 3])]),
        ({"style": 1, "content": 1}, True, [(0.1, [0, 2, 3]), (0.4, [2, 3])]),
        ({"texture": 1}, False, [(0.4, [3]), (0.2, [3])]),
        ({"texture": 1, "content": 1}, True, [(0.1, [2, 3]), (0.4, [2, 3]), (0.4, [3]), (0.2, [3])]),
        ({"binary_entropy": 1}, False, []),
    ],
)
def test_each_image_is_read_once_and_only_for_the_taps_it_needs(
    weights: dict[str, float], given_targets: bool, read: list[Any]
) -> None:
    features = CountingFeatures()
    terms = LossTerms(weights, features, [1, 2, 0], [0, 1, 1], [0, 0, 5])
    targets = [np.zeros((2, 3, 3), np.float32)] * 3 if given_targets else None
    raw = terms(flat_composite(), REFERENCE, style_targets=targets, patch_picks=PICKS)
    assert set(raw) == set(weights)
    assert features.read == read


def test_a_picture_as_its_own_sheet_has_the_references_value(shared: Path) -> None:
    """One patch as large as the image: the sheet is the image, and the texture term the Gram loss at [0, 5, 5, 0]."""
    folder = shared / "golden"
    if not (folder / "losses.json").is_file():
        pytest.skip(f"needs {folder / 'losses.json'}")
    golden = json.loads((folder / "losses.json").read_text())
    inputs = np.load(folder / "losses_inputs.npz")
    features = FeatureNetwork("vgg16", input_range="raw")
    load_feature_weights(features, "random", seed=0)
    terms = LossTerms({"texture": 1.0}, features, texture_taps=[0, 5, 5, 0], sheet=SheetSettings(64, 64, 1, 1))
    parts = Composite(inputs["x"], inputs["mask"], inputs["mask"], inputs["x_rec"], inputs["x"])
    value = terms(parts, inputs["x"], patch_picks=np.zeros((2, 1), np.int32))["texture"]
    assert float(np.mean(value)) == pytest.approx(golden["perceptual_style_0550_total"], rel=1e-5)


def test_needs_a_reference() -> None:
    assert {"texture", "style", "content", "reconstruction"} == REFERENCE_TERMS
    terms = LossTerms({"texture": 1.0}, CountingFeatures(), texture_taps=[0, 1, 0])
    assert terms.needs_reference
    assert terms.sheet == SheetSettings(128, 15, 100, 6)


def test_refused() -> None:
    terms = LossTerms({"texture": 1.0}, CountingFeatures(), texture_taps=[0, 1, 0])
    with pytest.raises(ValueError, match=r"patch_picks: expected int32 \[B, 36\] for the texture term, got None"):
        terms(flat_composite(), REFERENCE)
    with pytest.raises(ValueError, match="reference: expected images to compare with for texture, got None"):
        terms(flat_composite(), patch_picks=PICKS)
    with pytest.raises(
        ValueError, match=r"texture_taps: expected a weight for each .* \[0, 2, 3\], not all 0, got \[\]"
    ):
        LossTerms({"texture": 1.0}, CountingFeatures())
    with pytest.raises(ValueError, match=r"style_taps: expected a weight for each .* got \[0, 0, 0\]"):
        LossTerms({"style": 1.0}, CountingFeatures(), [0, 0, 0])
