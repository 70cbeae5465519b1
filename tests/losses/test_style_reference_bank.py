from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cgn_tf.losses.inputs import LossInputs
from cgn_tf.losses.style import StyleLoss
from cgn_tf.losses.style_reference_bank import StyleReferenceBank
from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.ops.gram import gram
from cgn_tf.types import Composite


def test_targets_are_the_grams_of_the_picked_images() -> None:
    features = FeatureNetwork("squeezenet", taps=[0, 1])
    pools = np.random.default_rng(0).uniform(-1, 1, (3, 2, 32, 32, 3)).astype(np.float32)
    bank = StyleReferenceBank(features, pools)
    labels, picks = np.int32([2, 0, 2]), np.int32([1, 0, 0])
    expected = [gram(tap) for tap in features(pools[labels, picks])]
    for target, own in zip(bank.targets(labels, picks).values(), expected, strict=True):
        np.testing.assert_allclose(target, own, rtol=1e-3, atol=1e-6 * np.abs(own).max())


def test_the_style_loss_takes_its_targets_from_the_bank() -> None:
    features = FeatureNetwork("squeezenet", taps=[0])
    random = np.random.default_rng(0)
    image, reference = random.uniform(-1, 1, (2, 2, 32, 32, 3)).astype(np.float32)
    composite = Composite(image, *[image[..., :1]] * 4)
    labels, indices, taps = (
        np.int32([0, 1]),
        np.int32([0, 0]),
        {picture: frozenset({0}) for picture in ("image", "reference")},
    )

    def style(from_bank: bool, **given: Any) -> np.ndarray:
        inputs = LossInputs(composite, features=features, feature_taps=taps, **given)
        return np.asarray(StyleLoss({0: 1.0}, from_bank)(inputs))

    # one class an image, one reference a class
    bank, itself = (StyleReferenceBank(features, pool[:, None]) for pool in (reference, image))
    with_bank = style(True, style_reference_grams=bank.targets(labels, indices))
    np.testing.assert_allclose(with_bank, style(False, reference=reference), rtol=1e-4)
    assert np.all(style(True, style_reference_grams=itself.targets(labels, indices)) < 1e-4 * with_bank)


@pytest.mark.parametrize("shape", [(3, 32, 32, 3), (3, 0, 32, 32, 3)])
def test_pools_of_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="num_classes, pool_size"):
        StyleReferenceBank(FeatureNetwork("squeezenet", [0]), np.zeros(shape, np.float32))
