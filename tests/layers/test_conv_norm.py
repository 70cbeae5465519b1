from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.layers.conv_norm import ConvBias, ConvNorm, Padding
from cgn_tf.models.folding import for_inference


def seeded(channels: int = 4, **options: Any) -> ConvNorm:
    """A built layer with statistics, scales and offsets that are not those of the start."""
    layer = ConvNorm(**{"filters": 5, "size": 3, **options})
    layer.build((None, None, None, channels))
    random = np.random.default_rng(0)
    layer.kernel.assign(random.standard_normal(layer.kernel.shape) / 3)
    gamma, beta, mean, variance = layer.norm.state
    for variable in (gamma, variance):
        variable.assign(random.uniform(0.5, 1.5, variable.shape))
    for variable in (beta, mean):
        variable.assign(random.uniform(-1, 1, variable.shape))
    return layer


def images(height: int = 9, width: int = 8) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((2, height, width, 4)).astype(np.float32)


def by_hand(layer: ConvNorm, x: np.ndarray, frame: list[tuple[int, int]]) -> np.ndarray:
    """Padding, a sum over the kernel, batch norm and ReLU, one after the other, in numpy."""
    x = np.pad(x, [(0, 0), *frame, (0, 0)])
    kernel, step = layer.kernel.numpy(), layer.strides
    rows, columns = ((x.shape[i + 1] - layer.size[i]) // step + 1 for i in (0, 1))
    y: Any = 0
    for i in range(layer.size[0]):
        for j in range(layer.size[1]):
            part = x[:, i : i + step * (rows - 1) + 1 : step, j : j + step * (columns - 1) + 1 : step]
            y = y + (part * kernel[i, j, :, 0] if layer.filters is None else part @ kernel[i, j])
    gamma, beta, mean, variance = (variable.numpy() for variable in layer.norm.state)
    y = (y - mean) / np.sqrt(variance + layer.epsilon) * gamma + beta
    return np.clip(y, 0, 6 if layer.activation == "relu6" else None) if layer.activation else y


@pytest.mark.parametrize("filters", [5, None])
@pytest.mark.parametrize(
    ("size", "strides", "padding", "frame"),
    [
        (3, 1, "same", [(1, 1), (1, 1)]),
        (3, 2, "same", [(1, 1), (0, 1)]),  # of 9×8 pixels
        (3, 2, "symmetric", [(1, 1), (1, 1)]),
        (3, 2, "valid", [(0, 0), (0, 0)]),
        (5, 1, "symmetric", [(2, 2), (2, 2)]),
        ((1, 7), 1, "same", [(0, 0), (3, 3)]),
        (1, 2, "valid", [(0, 0), (0, 0)]),
    ],
)
def test_padding_stride_and_norm(
    size: int | tuple[int, int], strides: int, padding: Padding, frame: list[tuple[int, int]], filters: int | None
) -> None:
    layer = seeded(filters=filters, size=size, strides=strides, padding=padding, epsilon=1e-3)
    np.testing.assert_allclose(layer(images()), by_hand(layer, images(), frame), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", [None, "relu", "relu6"])
def test_activations(activation: Any) -> None:
    layer = seeded(activation=activation)
    x = 9 * images()
    expected = by_hand(layer, x, [(1, 1), (1, 1)])
    assert (expected.min() < 0) == (activation is None)
    assert (expected.max() > 6) == (activation != "relu6")
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-4)


def test_training_uses_the_batch_and_moves_the_statistics() -> None:
    layer = seeded(activation=None)
    before = [variable.numpy() for variable in layer.norm.state]
    y = np.asarray(layer(images(), training=True))
    np.testing.assert_allclose(y.mean((0, 1, 2)), before[1], atol=1e-5)
    np.testing.assert_allclose(y.std((0, 1, 2)), before[0], rtol=1e-3)
    after = [variable.numpy() for variable in layer.norm.state]
    np.testing.assert_array_equal(before[:2], after[:2])
    assert np.abs(np.subtract(before[2:], after[2:])).min() > 0


@pytest.mark.parametrize("filters", [5, None])
def test_without_training_gamma_and_beta_learn_and_the_statistics_stay(filters: int | None) -> None:
    layer = seeded(filters=filters, activation=None)
    weights = np.random.default_rng(2).standard_normal((2, 9, 8, filters or 4)).astype(np.float32)
    before = [variable.numpy() for variable in layer.norm.state]
    with tf.GradientTape() as tape:
        y = layer(images())
        total = tf.reduce_sum(y * weights)
    assert [v.name for v in layer.trainable_variables] == ["kernel", "gamma", "beta"]
    kernel, gamma, beta = tape.gradient(total, [v.value for v in layer.trainable_variables])
    np.testing.assert_allclose(beta, weights.sum((0, 1, 2)), rtol=1e-4, atol=1e-5)
    normalised = (np.asarray(y) - before[1]) / before[0]
    np.testing.assert_allclose(gamma, (normalised * weights).sum((0, 1, 2)), rtol=1e-4, atol=1e-4)
    assert np.abs(np.asarray(kernel)).min() > 0
    np.testing.assert_array_equal(before, [variable.numpy() for variable in layer.norm.state])


@pytest.mark.parametrize("filters", [5, None])
def test_folded(filters: int | None) -> None:
    layer = seeded(filters=filters, strides=2, padding="symmetric", activation="relu6")
    folded = for_inference(layer)
    assert type(folded) is ConvBias
    assert [variable.name for variable in folded.variables] == ["kernel", "bias"]
    np.testing.assert_array_equal(folded(images()), layer(images()))
    np.testing.assert_array_equal(folded(images(), training=True), layer(images()))


def test_configuration_round_trip() -> None:
    layer = ConvNorm(None, (3, 5), 2, "symmetric", "relu6", 1e-3, name="depthwise")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, ConvNorm)
    assert again.get_config() == layer.get_config()
    assert again.norm.epsilon == again.epsilon == 1e-3
    assert tuple(again.size) == (3, 5)
