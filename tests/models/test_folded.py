"""Networks whose batch norms are taken into what is before them answer as those they come from."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.digit_classifier import DigitClassifier
from cgn_tf.types import Triplet

STATISTICS = ("moving_mean", "moving_variance", "gamma")


def trained(model: Any) -> Any:
    """With statistics, scales and biases that are not those of the start."""
    keras.utils.set_random_seed(0)
    model.build()
    random = np.random.default_rng(0)
    for variable in model.variables:
        if variable.path.endswith(("moving_variance", "gamma")):
            variable.assign(random.uniform(0.5, 2.0, variable.shape))
        elif variable.path.endswith(("moving_mean", "beta", "bias")):
            variable.assign(random.normal(0.0, 0.3, variable.shape))
    return model


def left(model: keras.Model) -> list[str]:
    return [variable.path for variable in model.variables if variable.path.endswith(STATISTICS)]


@pytest.mark.parametrize(
    ("masker", "kind"),
    [
        ("clip", "conv"),
        ("sigmoid", "conv"),
        ("opaque", "conv"),
        ("sigmoid", "flat"),
        ("sigmoid", "canvas"),
        ("opaque", "deep"),
    ],
)
def test_a_digit_cgn(masker: Any, kind: Any) -> None:
    cgn: CGN = trained(digit_cgn(noise_dim=8, gain=0.5, masker=masker, texture_kind=kind))
    folded = cgn.folded_copy()
    noise = np.random.default_rng(1).standard_normal((6, 8)).astype(np.float32)
    labels = Triplet([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [9, 9, 8, 8, 7, 7])
    expected = cgn(noise, labels)
    for name, part in folded(noise, labels)._asdict().items():
        np.testing.assert_array_equal(part, getattr(expected, name), err_msg=name)
    assert np.ptp(expected.image) > 0.5
    assert left(cgn)
    assert left(folded) == []
    assert folded.folded_copy().texture_mechanism is folded.texture_mechanism
    again = CGN.from_config(folded.get_config())
    again.build()
    again.set_weights(folded.get_weights())
    np.testing.assert_array_equal(again(noise, labels).image, folded(noise, labels).image)


def test_a_digit_classifier() -> None:
    classifier = trained(DigitClassifier())
    folded = classifier.folded_copy()
    images = np.random.default_rng(1).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)
    np.testing.assert_array_equal(folded(images), classifier(images))
    assert left(folded) == []
    assert folded.folded_copy() is folded
    assert not folded.trainable_variables
