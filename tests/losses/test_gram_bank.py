from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.losses.gram_bank import GramBank
from cgn_tf.losses.terms import LossTerms
from cgn_tf.models.features import FeatureNetwork
from cgn_tf.ops.gram import gram
from cgn_tf.types import Composite


def test_targets_are_the_grams_of_the_picked_images() -> None:
    features = FeatureNetwork("squeezenet", taps=[0, 1])
    pools = np.random.default_rng(0).uniform(-1, 1, (3, 2, 32, 32, 3)).astype(np.float32)
    bank = GramBank(features, pools)
    labels, picks = np.int32([2, 0, 2]), np.int32([1, 0, 0])
    expected = [gram(tap) for tap in features(pools[labels, picks])]
    for target, own in zip(bank.targets(labels, picks), expected, strict=True):
        np.testing.assert_allclose(target, own, rtol=1e-3, atol=1e-6 * np.abs(own).max())


def test_the_style_term_takes_its_targets_from_the_bank() -> None:
    features = FeatureNetwork("squeezenet", taps=[0])
    terms = LossTerms({"style": 1.0}, features, style_taps=[1.0])
    random = np.random.default_rng(0)
    image, reference = random.uniform(-1, 1, (2, 2, 32, 32, 3)).astype(np.float32)
    composite = Composite(image, *[image[..., :1]] * 4)
    bank = GramBank(features, reference[:, None])  # one class an image, one reference a class
    targets = bank.targets(np.int32([0, 1]), np.int32([0, 0]))
    with_bank = terms(composite, None, None, targets)["style"]
    np.testing.assert_allclose(with_bank, terms(composite, reference)["style"], rtol=1e-4)
    itself = GramBank(features, image[:, None]).targets(np.int32([0, 1]), np.int32([0, 0]))
    assert np.all(np.asarray(terms(composite, None, None, itself)["style"]) < 1e-4 * np.asarray(with_bank))


@pytest.mark.parametrize("shape", [(3, 32, 32, 3), (3, 0, 32, 32, 3)])
def test_pools_of_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="num_classes, pool_size"):
        GramBank(lambda images: [images], np.zeros(shape, np.float32))
