from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.layers.conv_norm_relu import ConvNormReLU, ConvReLU
from cgn_tf.layers.rsu import RSU
from cgn_tf.models.folding import for_inference


def images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, np.float32)


def randomized(layer: Any) -> Any:
    """All variables drawn; variances stay positive."""
    random = np.random.default_rng(1)
    for variable in layer.variables:
        value = random.normal(0, 0.3, variable.shape)
        variable.assign(np.abs(value) + 0.5 if variable.name == "moving_variance" else value)
    return layer


def plain_conv(conv: ConvNormReLU, x: Any) -> Any:
    """The formula of the block, dilation as holes in a larger kernel."""
    size = 2 * conv.dilation + 1
    kernel = np.zeros((size, size, *conv.kernel.shape[2:]), np.float32)
    kernel[:: conv.dilation, :: conv.dilation] = conv.kernel.numpy()
    x = np.asarray(tf.nn.conv2d(x, kernel, 1, "SAME")) + conv.bias.numpy()
    gamma, beta, mean, variance = (value.numpy() for value in conv.norm.state)
    return np.maximum((x - mean) / np.sqrt(variance + 1e-5) * gamma + beta, 0)


def resized(x: Any, like: Any) -> np.ndarray:
    return np.asarray(tf.raw_ops.ResizeBilinear(images=x, size=like.shape[1:3], align_corners=True))


@pytest.mark.parametrize("dilation", [1, 4])
def test_conv_norm_relu_is_its_formula(dilation: int) -> None:
    layer = ConvNormReLU(5, dilation)
    layer.build((None, None, None, 3))
    x = images(2, 9, 6, 3)
    np.testing.assert_allclose(np.asarray(randomized(layer)(x)), plain_conv(layer, x), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(for_inference(layer)(x), layer(x))
    assert layer.compute_output_shape((None, 9, None, 3)) == (None, 9, None, 5)


def test_folded_convolution_has_kernel_and_bias_only() -> None:
    layer = ConvReLU(1)
    layer.build((None, None, None, 1))
    assert [variable.name for variable in layer.variables] == ["kernel", "bias"]
    layer.kernel.assign(np.ones((3, 3, 1, 1)))
    layer.bias.assign([-5.0])
    # ones have 4 neighbours in a corner, themselves included, 6 at an edge and 9 inside
    y = np.asarray(layer(np.ones((1, 3, 3, 1), np.float32)))[0, :, :, 0]
    np.testing.assert_array_equal(y, [[0, 1, 0], [1, 4, 1], [0, 1, 0]])


def test_rsu_of_depth_four_against_the_reference_written_out() -> None:
    layer = RSU(4, 4, 6)
    layer.build((None, None, None, 3))
    x = images(2, 13, 10, 3)
    (e1, e2, e3, e4), (d3, d2, d1) = randomized(layer).encoders, layer.decoders
    assert [conv.dilation for conv in (e1, e2, e3, e4, d3, d2, d1)] == [1, 1, 1, 2, 1, 1, 1]

    def pooled(x: Any) -> Any:
        return tf.nn.max_pool2d(x, 2, 2, "SAME")

    x_in = plain_conv(layer.conv_in, x)
    h1 = plain_conv(e1, x_in)
    h2 = plain_conv(e2, pooled(h1))
    h3 = plain_conv(e3, pooled(h2))
    assert h3.shape == (2, 4, 3, 4)  # 13×10 → 7×5 → 4×3
    h4 = plain_conv(e4, h3)
    y = plain_conv(d3, np.concatenate([h4, h3], -1))
    y = plain_conv(d2, np.concatenate([resized(y, h2), h2], -1))
    y = plain_conv(d1, np.concatenate([resized(y, h1), h1], -1))
    np.testing.assert_allclose(np.asarray(layer(x)), y + x_in, rtol=1e-4, atol=1e-4)


def test_dilated_rsu_against_the_reference_written_out() -> None:
    layer = RSU(4, 4, 6, dilated=True)
    layer.build((None, None, None, 3))
    x = images(1, 7, 12, 3)
    convs = [*randomized(layer).encoders, *layer.decoders]
    assert [conv.dilation for conv in convs] == [1, 2, 4, 8, 4, 2, 1]
    x_in = plain_conv(layer.conv_in, x)
    maps = [x_in]
    for conv in layer.encoders:
        maps.append(plain_conv(conv, maps[-1]))
    y = maps.pop()
    for conv in layer.decoders:
        y = plain_conv(conv, np.concatenate([y, maps.pop()], -1))
    np.testing.assert_allclose(np.asarray(layer(x)), y + x_in, rtol=1e-4, atol=1e-4)


def test_parameters_of_the_papers_rsu7() -> None:
    layer = RSU(7, 32, 64)
    layer.build((None, None, None, 3))
    count = sum(variable.numpy().size for variable in layer.variables if "moving" not in variable.name)
    # kernels + bias, γ and β of: 3→64, 64→32, six 32→32, five 64→32, 64→64
    kernels = 9 * (3 * 64 + 64 * 32 + 6 * 32 * 32 + 5 * 64 * 32 + 64 * 64)
    assert count == kernels + 3 * (64 + 12 * 32 + 64)


def test_configuration_shapes_and_bad_depth() -> None:
    layer = RSU(5, 4, 6, align_corners=False, name="stage")
    again = RSU.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.compute_output_shape((None, None, 7, 3)) == (None, None, 7, 6)
    conv = ConvNormReLU(3, 2)
    assert ConvNormReLU.from_config(conv.get_config()).get_config() == conv.get_config()
    assert keras.Sequential([keras.Input((8, 9, 3)), again]).output_shape == (None, 8, 9, 6)
    with pytest.raises(ValueError, match="depth of 2 or more, got 1"):
        RSU(1, 4, 4)
