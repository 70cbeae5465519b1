from __future__ import annotations

import keras
import numpy as np

from cgn_tf.layers.instance_norm import InstanceNorm
from cgn_tf.layers.upsample_block import UpsampleBlock


def images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(3, 2, shape).astype(np.float32)


def test_instance_norm_is_per_image_and_channel() -> None:
    x = images(2, 8, 8, 3)
    y = np.asarray(InstanceNorm()(x))
    expected = (x - x.mean((1, 2), keepdims=True)) / np.sqrt(x.var((1, 2), keepdims=True) + 1e-5)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    assert not InstanceNorm().weights


def test_upsample_block_against_its_three_layers() -> None:
    x = images(2, 4, 4, 3)
    block = UpsampleBlock(5, gamma_initializer=keras.initializers.RandomNormal(1.0, 0.2, seed=1))
    result = np.asarray(block(x, training=True))
    up = np.repeat(np.repeat(x, 2, axis=1), 2, axis=2)
    conv = np.asarray(keras.ops.conv(up, block.kernel.value, padding="same"))
    mean, variance = conv.mean((0, 1, 2)), conv.var((0, 1, 2))
    expected = (conv - mean) / np.sqrt(variance + 1e-5) * np.asarray(block.norm.gamma)
    np.testing.assert_allclose(result, np.where(expected > 0, expected, 0.2 * expected), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(block.norm.moving_mean, 0.1 * mean, rtol=1e-3, atol=1e-4)
    assert [tuple(weight.shape) for weight in block.trainable_weights] == [(3, 3, 3, 5), (5,), (5,)]


def test_upsample_block_with_unknown_batch() -> None:
    assert UpsampleBlock(5).compute_output_shape((None, 4, None, 3)) == (None, 8, None, 5)


def test_round_trip_of_the_configuration() -> None:
    block = UpsampleBlock(5, keras.initializers.Orthogonal(0.3), keras.initializers.RandomNormal(1.0, 0.3), name="up")
    again = UpsampleBlock.from_config(block.get_config())
    assert again.get_config() == block.get_config()
    assert InstanceNorm.from_config(InstanceNorm(1e-3).get_config()).epsilon == 1e-3
