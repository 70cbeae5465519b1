"""Batch norm against Keras' own layer, its moving statistics, and folded into what stands before it."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.layers.upsample_block import UpsampleBlock
from cgn_tf.models.mechanisms.conv import ConvMechanism
from tests.speed import plain


def images(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(3, 2, shape).astype(np.float32)


def test_training_equals_keras() -> None:
    x = images(4, 6, 5, 3)
    start = keras.initializers.RandomNormal(1.0, 0.2, seed=1)
    own, theirs = BatchNorm(start), keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9, gamma_initializer=start)
    results = []
    for layer in (own, theirs):
        inputs = tf.Variable(x)
        layer.build(x.shape)
        with tf.GradientTape() as tape:
            y = layer(inputs, training=True)
            loss = tf.reduce_sum(tf.sin(y))
        gradients = tape.gradient(loss, [inputs, *(v.value for v in layer.trainable_variables)])
        moving = [layer.moving_mean.numpy(), layer.moving_variance.numpy()]
        results.append([np.asarray(value) for value in (y, *gradients, *moving)])
    for first, second in zip(*results, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-5)


def test_the_moving_variance_is_the_biased_one() -> None:
    x = images(1, 2, 1, 2)
    layer = BatchNorm(momentum=0.0)
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_variance, x.var((0, 1, 2)), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_statistics_are_float32_in_any_precision(dtype: str) -> None:
    x = 100 + images(8, 16, 16, 2)
    layer = BatchNorm(momentum=0.0, dtype=dtype)
    y = layer(x, training=True)
    assert y.dtype == dtype.removeprefix("mixed_")
    assert layer.moving_mean.dtype == layer.gamma.dtype == "float32"
    rounded = tf.cast(tf.cast(x, y.dtype), tf.float64).numpy()
    np.testing.assert_allclose(layer.moving_mean, rounded.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, rounded.var((0, 1, 2)), rtol=1e-3)


def test_inference_is_folded_into_the_convolutions() -> None:
    mechanism = ConvMechanism([6, 4], 3, base_channels=5, gamma_initializer=keras.initializers.RandomNormal(1.0, 0.2))
    noise, condition = np.random.default_rng(1).standard_normal((2, 7, 4)).astype(np.float32)
    for _ in range(3):
        mechanism(noise, condition, training=True)
    x = keras.ops.reshape(mechanism.dense(np.concatenate([noise, condition], 1)), (-1, 8, 8, 5))
    for block in mechanism.blocks:
        x = keras.ops.leaky_relu(block.norm(plain.upsample_conv(x, block.kernel.value)), 0.2)
    expected = keras.ops.tanh(mechanism.image_norm(mechanism.to_image(x)))
    np.testing.assert_allclose(mechanism(noise, condition), expected, rtol=1e-4, atol=1e-5)


def test_an_empty_start_is_the_identity() -> None:
    x = images(2, 4, 4, 3)
    np.testing.assert_allclose(BatchNorm(epsilon=0.0)(x), x, rtol=1e-6)
    assert UpsampleBlock(2)(x).shape == (2, 8, 8, 2)


def test_round_trip_of_the_configuration() -> None:
    layer = BatchNorm(keras.initializers.RandomNormal(1.0, 0.3), epsilon=1e-3, momentum=0.5, name="norm")
    again = BatchNorm.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
