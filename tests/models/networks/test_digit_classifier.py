from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import cgn_tf
from cgn_tf.models.networks.digit_classifier import DigitClassifier


@pytest.fixture
def classifier() -> DigitClassifier:
    """With scales, offsets and biases that are not those of the start."""
    keras.utils.set_random_seed(3)
    model = DigitClassifier()
    model.build()
    random = np.random.default_rng(0)
    model.norm.gamma.assign(random.uniform(0.5, 1.5, 3))
    model.norm.beta.assign(random.uniform(-1, 1, 3))
    model.norm.moving_mean.assign(random.uniform(-0.5, 0.5, 3))
    model.norm.moving_variance.assign(random.uniform(0.5, 1.5, 3))
    for layer in (*model.convs, model.logits):
        layer.bias.assign(random.uniform(-0.2, 0.2, layer.bias.shape))
    return model


def images(count: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (count, 32, 32, 3)).astype(np.float32)


def convolved(x: Any, layer: Any, stride: int) -> Any:
    """With zeros on all sides, half of the kernel wide, as PyTorch's padding is."""
    frame = (layer.kernel_size[0] // 2, layer.kernel_size[0] // 2)
    return tf.nn.conv2d(x, layer.kernel.value, stride, [(0, 0), frame, frame, (0, 0)]) + layer.bias.value


def rest(model: DigitClassifier, normalised: Any) -> Any:
    """The paper's network behind its batch norm, layer by layer, with nothing left out."""
    x = tf.nn.relu(convolved(normalised, model.convs[0], 1))
    x = tf.nn.max_pool2d(x, 3, 2, [(0, 0), (1, 1), (1, 1), (0, 0)])
    for conv, stride in zip(model.convs[1:], (1, 2, 1), strict=True):
        x = tf.nn.relu(convolved(x, conv, stride))
    assert x.shape[1:] == (8, 8, 64)
    x = tf.nn.avg_pool2d(x, 7, 7, "VALID")
    assert x.shape[1:] == (1, 1, 64)
    return tf.matmul(x[:, 0, 0], model.logits.kernel.value) + model.logits.bias.value


def test_published_parameter_count(classifier: DigitClassifier) -> None:
    assert sum(int(np.prod(variable.shape)) for variable in classifier.trainable_variables) == 67_760


def test_a_strided_convolution_pads_on_all_sides() -> None:
    model = DigitClassifier()
    model.build()
    x = np.random.default_rng(0).standard_normal((1, 16, 16, 32)).astype(np.float32)
    kernel = np.asarray(model.convs[2].kernel)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    expected = [
        [np.tensordot(padded[0, i : i + 3, j : j + 3], kernel, axes=3) for j in range(0, 16, 2)]
        for i in range(0, 16, 2)
    ]
    np.testing.assert_allclose(convolved(x, model.convs[2], 2)[0], expected, rtol=1e-4, atol=1e-5)
    same = tf.nn.conv2d(x, kernel, 2, "SAME")  # which would pad at the end alone
    assert np.abs(same[0] - np.float32(expected)).max() > 0.1


def test_inference_equals_the_network_layer_by_layer(classifier: DigitClassifier) -> None:
    x, norm = images(4), classifier.norm
    normalised = tf.nn.batch_normalization(
        x, norm.moving_mean.value, norm.moving_variance.value, norm.beta.value, norm.gamma.value, 1e-5
    )
    np.testing.assert_allclose(classifier(x), rest(classifier, normalised), rtol=1e-4, atol=1e-5)


def test_training_equals_the_plain_form_with_its_gradients(classifier: DigitClassifier) -> None:
    x, labels = images(6), np.arange(6) % 10
    variables = [variable.value for variable in classifier.trainable_variables]
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    moved = [
        0.9 * np.asarray(old) + 0.1 * new for old, new in zip(classifier.norm.state[2:], (mean, variance), strict=True)
    ]
    found = []
    for training in (True, False):
        with tf.GradientTape() as tape:
            if training:
                logits = classifier(x, training=True)
            else:
                norm = classifier.norm
                normalised = tf.nn.batch_normalization(x, mean, variance, norm.beta.value, norm.gamma.value, 1e-5)
                logits = rest(classifier, normalised)
            loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        found.append((logits, tape.gradient(loss, variables)))
    (fast, fast_gradients), (plain, plain_gradients) = found
    np.testing.assert_allclose(fast, plain, rtol=1e-4, atol=1e-5)
    for variable, one, other in zip(classifier.trainable_variables, fast_gradients, plain_gradients, strict=True):
        assert np.abs(other).max() > 0
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5 * np.abs(other).max(), err_msg=variable.path)
    for variable, expected in zip(classifier.norm.state[2:], moved, strict=True):
        np.testing.assert_allclose(variable, expected, rtol=1e-5, atol=1e-6)


def test_it_loads_from_a_checkpoint(
    classifier: DigitClassifier, saved: Callable[[keras.Model, Path, int], Path], tmp_path: Path
) -> None:
    loaded = cgn_tf.load(saved(classifier, tmp_path, 5).parent)
    assert isinstance(loaded, DigitClassifier)
    assert loaded.num_classes == 10
    np.testing.assert_array_equal(loaded(images(2)), classifier(images(2)))
