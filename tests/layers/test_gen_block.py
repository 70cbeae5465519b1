"""A block of BigGAN-deep, and its attention, against plain compositions."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.layers.attention import SelfAttention
from cgn_tf.layers.conditional_norm import ConditionalNorm, TruncationRows, scales_and_shifts
from cgn_tf.layers.gen_block import GenBlock
from cgn_tf.models.folding import for_inference


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def built(layer: Any, *arguments: Any) -> Any:
    """A built layer with random values; variances are positive."""
    layer.build(*arguments)
    for i, variable in enumerate(layer.variables):
        value = normal(*variable.shape, seed=100 + i)
        if variable.name == "statistics":
            value[:, 1] = np.abs(value[:, 1]) + 0.5
        variable.assign(value)
    return layer


def normalised(layer: Any) -> np.ndarray:
    kernel = layer.kernel.numpy()
    matrix = kernel.reshape(-1, kernel.shape[-1])
    v = matrix @ layer.u0.numpy()[0]
    v /= np.sqrt((v**2).sum() + 1e-4)
    u = v @ matrix
    return np.asarray(kernel / (v @ matrix @ (u / np.sqrt((u**2).sum() + 1e-4))))


def plain_conv(layer: Any, x: np.ndarray) -> np.ndarray:
    y = np.asarray(tf.nn.conv2d(x, normalised(layer), 1, "SAME"))
    return y if layer.bias is None else y + layer.bias.numpy()


def plain_norm(layer: ConditionalNorm, x: np.ndarray, condition: np.ndarray, position: np.ndarray) -> np.ndarray:
    table = layer.statistics.numpy()
    lower = np.minimum(np.floor(position), 49).astype(int)
    share = (position - lower)[:, None, None]
    mean, variance = np.moveaxis(table[lower] * (1 - share) + table[lower + 1] * share, 1, 0)[:, :, None, None]
    gain, bias = ((condition @ normalised(part))[:, None, None] for part in (layer.scale, layer.offset))
    return (x - mean) / np.sqrt(variance + 1e-4) * (1 + gain) + bias


def doubled(x: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(x, 2, axis=1), 2, axis=2)


def plain_block(block: GenBlock, x: np.ndarray, condition: np.ndarray, position: np.ndarray) -> np.ndarray:
    h = x
    for i, (norm, conv) in enumerate(zip(block.norms, block.convs, strict=True)):
        h = np.maximum(plain_norm(norm, h, condition, position), 0)
        h = plain_conv(conv, doubled(h) if block.upsample and i == 1 else h)
    skip = x[..., : block.out_channels]
    return h + (doubled(skip) if block.upsample else skip)


@pytest.mark.parametrize("upsample", [False, True])
@pytest.mark.parametrize("out_channels", [8, 5])
def test_the_block_against_a_plain_composition(upsample: bool, out_channels: int) -> None:
    block = built(GenBlock(8, out_channels, upsample), (None, None, None, 8), (None, 6))
    folded = for_inference(block)
    truncation = np.array([0.365, 1.0, 0.02], np.float32)
    for batch in (1, 3):
        x, condition = normal(batch, 5, 4, 8), normal(batch, 6, seed=1)
        for given, position in ((truncation[:batch], 50 * truncation[:batch]), (0.365, np.full(batch, 18.25))):
            rows = TruncationRows.of(given)
            expected = plain_block(block, x, condition, position)
            side = (10, 8) if upsample else (5, 4)
            assert expected.shape == (batch, *side, out_channels)
            for ours, training in ((block, False), (block, True), (folded, False)):
                scales = scales_and_shifts(ours.norms, condition, rows, training)
                y = ours(x, scales, training=training)
                assert y.shape == expected.shape
                np.testing.assert_allclose(y, expected, rtol=1e-3, atol=1e-3)


def test_variables_of_a_block() -> None:
    block = GenBlock(8, 4, name="block3")
    block.build((None, None, None, 8), (None, 6))
    # 2 kernels of the condition for each norm; kernels and biases of 8→2, 2→2 (3×3), 2→2 (3×3), 2→4
    norms = 2 * 6 * (8 + 2 + 2 + 2)
    convs = (8 * 2 + 2) + 2 * (9 * 2 * 2 + 2) + (2 * 4 + 4)
    assert sum(int(np.prod(variable.shape)) for variable in block.trainable_variables) == norms + convs
    assert {variable.name for variable in block.non_trainable_variables} == {"u0", "statistics"}
    assert {"block3/norm0/scale/kernel", "block3/conv3/bias"} <= {variable.path for variable in block.variables}


def test_more_channels_cannot_come_out_than_go_in() -> None:
    with pytest.raises(ValueError, match=r"^out_channels: expected at most in_channels \(8\), got 12"):
        GenBlock(8, 12)


def test_attention_against_a_plain_composition() -> None:
    layer = built(SelfAttention(16), (None, None, None, 16))
    folded = for_inference(layer)
    x = normal(2, 4, 6, 16)

    def pooled(y: np.ndarray) -> np.ndarray:
        return y.reshape(2, 2, 2, 3, 2, -1).max((2, 4)).reshape(2, 6, -1)

    theta = plain_conv(layer.theta, x).reshape(2, 24, 2)
    phi, g = (pooled(plain_conv(part, x)) for part in (layer.phi, layer.g))
    weights = np.exp(np.einsum("bic,bjc->bij", theta, phi))
    weights /= weights.sum(-1, keepdims=True)
    attended = np.einsum("bij,bjc->bic", weights, g).reshape(2, 4, 6, 8)
    expected = x + layer.gamma.numpy() * plain_conv(layer.o_conv, attended.astype(np.float32))
    assert np.abs(expected - x).max() > 0.1
    for ours, training in ((layer, False), (layer, True), (folded, False)):
        np.testing.assert_allclose(ours(x, training=training), expected, rtol=1e-3, atol=1e-4)


def test_new_attention_changes_nothing() -> None:
    layer = SelfAttention(16)
    layer.build((None, None, None, 16))
    x = normal(1, 4, 4, 16)
    np.testing.assert_array_equal(layer(x), x)
    assert sum(int(np.prod(v.shape)) for v in layer.trainable_variables) == 16 * (2 + 2 + 8) + 8 * 16 + 1


def test_round_trip_of_the_configuration() -> None:
    for layer in (GenBlock(8, 4, True, 0.0, name="block1"), SelfAttention(8, 0.0, name="attention")):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        assert again.get_config() == layer.get_config()
