"""What the classifiers of photographs promise besides the numbers, which stand in tests/goldens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.constructor import constructor
from cgn_tf.models.folding import folds, for_inference
from cgn_tf.models.networks.efficientnet_lite import EfficientNetLite
from cgn_tf.models.networks.inception_2015 import Inception2015
from cgn_tf.models.networks.photograph_classifier import PhotographClassifier
from cgn_tf.models.networks.resnet import Bottleneck, ResNet50
from cgn_tf.weights.assignment import own_variables


def trainable(network: PhotographClassifier) -> int:
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


@pytest.mark.parametrize(
    ("make", "parameters", "width", "classes", "size"),
    [
        (ResNet50, 25_557_032, 2048, 1000, 224),
        (lambda: ResNet50(10), 25_557_032 - 990 * 2049, 2048, 10, 224),
        (Inception2015, 23_850_960, 2048, 1008, 299),
        (EfficientNetLite, 4_652_008, 1280, 1000, 224),
        (lambda: EfficientNetLite("lite2"), 6_092_072, 1280, 1000, 260),
    ],
)
def test_published_parameter_counts_and_constructors(
    make: Callable[[], PhotographClassifier], parameters: int, width: int, classes: int, size: int
) -> None:
    network = make()
    assert (network.feature_width, network.num_classes, network.image_size) == (width, classes, size)
    assert network.compute_output_shape((7, size, size, 3)) == (7, classes)
    again: Any = keras.saving.deserialize_keras_object(constructor(network))
    assert type(again) is type(network)
    assert again.get_config() == network.get_config()
    again.build()
    assert trainable(again) == parameters
    assert {v.name for v in again.non_trainable_variables} == {"moving_mean", "moving_variance"}
    assert tuple(again.logits.kernel.shape) == (width, classes)
    bound = width**-0.5
    kernel = again.logits.kernel.numpy()
    assert 0.9 * bound < np.abs(kernel).max() <= bound


@pytest.fixture(scope="module")
def network() -> EfficientNetLite:
    model = EfficientNetLite("lite0", 7)
    model.build()
    return model


@pytest.fixture
def bfloat16() -> Iterator[None]:
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


def images(count: int = 2) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (count, 48, 64, 3)).astype(np.float32)


def test_logits_are_the_dense_layer_of_the_features(network: EfficientNetLite) -> None:
    features = np.asarray(network.features(images()))
    assert features.shape == (2, 1280)
    expected = features @ network.logits.kernel.numpy() + network.logits.bias.numpy()
    np.testing.assert_allclose(network(images()), expected, rtol=1e-4, atol=1e-4)


def test_features_of_a_network_that_nobody_has_built() -> None:
    fresh = EfficientNetLite("lite0", 3)
    assert fresh.features(images(1)).shape == (1, 1280)
    assert all(name.startswith(("stem/", "block", "head/", "logits/")) for name in own_variables(fresh))


def test_frozen_statistics_unless_training(network: EfficientNetLite) -> None:
    def statistics() -> list[np.ndarray]:
        return [variable.numpy() for variable in network.non_trainable_variables]

    before = statistics()
    with tf.GradientTape() as tape:
        logits = network(images())
        loss = tf.reduce_sum(logits * np.random.default_rng(1).standard_normal((2, 7)).astype(np.float32))
    variables = network.trainable_variables
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    assert not [v.path for v, gradient in zip(variables, gradients, strict=True) if gradient is None]
    np.testing.assert_array_equal(np.concatenate(before), np.concatenate(statistics()))
    fresh = EfficientNetLite.from_config(network.get_config())
    fresh.build()
    fresh.set_weights(network.get_weights())
    trained = np.asarray(fresh(images(), training=True))
    assert np.abs(trained - np.asarray(logits)).max() > 1e-3
    moved = [np.abs(v.numpy() - old).max() for v, old in zip(fresh.non_trainable_variables, before, strict=True)]
    assert min(moved) > 0


def test_for_inference(network: EfficientNetLite) -> None:
    folded = for_inference(network)
    assert not folds(folded)
    assert {name.rsplit("/", 1)[-1] for name in own_variables(folded)} == {"kernel", "bias"}
    np.testing.assert_array_equal(folded(images()), network(images()))


@pytest.mark.usefixtures("bfloat16")
def test_half_precision_is_near(network: EfficientNetLite) -> None:
    half = EfficientNetLite.from_config(network.get_config())
    half.build()
    half.set_weights(network.get_weights())
    features = half.features(images())
    assert features.dtype == "bfloat16"
    expected = np.asarray(network.features(images()))
    difference = np.abs(np.asarray(tf.cast(features, tf.float32)) - expected).mean()
    assert difference < 0.05 * np.abs(expected).mean()


def test_the_stride_is_in_the_3x3() -> None:
    block = Bottleneck(4, 2, projected=True)
    block.build((None, None, None, 8))
    assert [conv.strides for conv in block.convs] == [1, 2, 1]
    assert block(np.ones((1, 7, 8, 8), np.float32)).shape == (1, 4, 4, 16)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="variant: expected lite0 or lite2, got 'lite1'"):
        EfficientNetLite("lite1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="num_classes: expected 1 or more, got 0"):
        ResNet50(0)
