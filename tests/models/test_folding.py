"""Networks whose batch norms are taken into what is before them answer as those they come from."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.folding import folds, for_inference
from cgn_tf.models.mechanisms.conv import ConvMechanism
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.types import Triplet
from cgn_tf.weights.assignment import own_variables

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
    ("masker", "shape", "texture"),
    [
        ("clip", "conv", "conv"),
        ("sigmoid", "deep", "conv"),
        ("full", "conv", "conv"),
        ("sigmoid", "deep", "constant_colour"),
        ("sigmoid", "deep", "learned_image_crop"),
        ("full", "conv", "deep"),
    ],
)
def test_a_digit_cgn(masker: str, shape: str, texture: str) -> None:
    options = {"gain": 0.5} if "conv" in (shape, texture) else {}
    cgn: CGN = trained(
        digit_cgn(noise_dim=8, shape=shape, texture=texture, background=texture, masker=masker, **options)
    )
    folded = for_inference(cgn)
    noise = np.random.default_rng(1).standard_normal((6, 8)).astype(np.float32)
    labels = Triplet([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [9, 9, 8, 8, 7, 7])
    expected = cgn(noise, labels)
    for name, part in folded(noise, labels)._asdict().items():
        np.testing.assert_array_equal(part, getattr(expected, name), err_msg=name)
    assert np.ptp(expected.image) > 0.5
    assert left(cgn)
    assert left(folded) == []
    assert for_inference(folded).texture_mechanism is folded.texture_mechanism
    for ours, source in zip((*folded.mechanisms, folded.masker), (*cgn.mechanisms, cgn.masker), strict=True):
        assert (ours is source) == (not left(source))
        assert set(own_variables(ours)) <= set(own_variables(source)) | {
            f"{block}/bias" for block in ("block0", "block1")
        }


def test_a_digit_classifier() -> None:
    classifier = trained(DigitClassifier())
    folded = for_inference(classifier)
    images = np.random.default_rng(1).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)
    np.testing.assert_array_equal(folded(images), classifier(images))
    assert left(folded) == []
    assert for_inference(folded) is folded
    assert not folded.trainable_variables


def test_what_cannot_be_folded_is_shared_and_what_has_no_variables_refused() -> None:
    cgn = digit_cgn(shape="deep", texture="learned_image_crop", background="learned_image_crop", masker="sigmoid")
    with pytest.raises(ValueError, match=r"^expected a built network to fold, got one without variables"):
        for_inference(cgn)
    cgn.build()
    picture = cgn.texture_mechanism
    assert not folds(picture)
    assert for_inference(picture) is picture
    assert picture.trainable_variables


def test_a_copy_keeps_nothing_of_what_it_was_made_of() -> None:
    """Training goes on without moving it, and no layer of the constructor is left in it."""
    mechanism: Any = trained_mechanism()
    folded = for_inference(mechanism)
    noise, condition = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)
    before = np.asarray(folded(noise, condition))
    np.testing.assert_array_equal(before, mechanism(noise, condition))
    for variable in mechanism.variables:
        variable.assign(variable + 1.0)
    np.testing.assert_array_equal(folded(noise, condition), before)
    assert np.abs(before - np.asarray(mechanism(noise, condition))).max() > 1e-3
    assert sorted(type(layer).__name__ for layer in folded.layers) == [
        "Conv2D", "Dense", "FusedUpsampleBlock", "FusedUpsampleBlock", "TakenInNorm"
    ]  # fmt: skip
    assert set(own_variables(folded)) == {
        f"{layer}/{weight}" for layer in ("dense", "block0", "block1", "to_image") for weight in ("kernel", "bias")
    }
    assert mechanism.trainable_variables
    assert not folded.trainable_variables


def trained_mechanism() -> ConvMechanism:
    keras.utils.set_random_seed(0)
    mechanism = ConvMechanism([6, 4], 3, base_channels=5, gamma_initializer=keras.initializers.RandomNormal(1.0, 0.2))
    for i in range(3):
        noise, condition = np.random.default_rng(i).standard_normal((2, 7, 4)).astype(np.float32)
        mechanism(noise, condition, training=True)
    return mechanism


class Branches(keras.layers.Layer):
    """Layers that fold, in a dictionary."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.branches = {"one": BatchNorm(name="one")}

    def build(self, input_shape: Any) -> None:
        self.branches["one"].build(input_shape)
        self.built = True


def test_layers_that_fold_stand_in_attributes_or_lists() -> None:
    layer = Branches(name="both")
    layer.build((None, 2, 2, 3))
    with pytest.raises(TypeError, match=r"^both.branches: expected layers that fold in a list, got a TrackedDict"):
        for_inference(layer)
