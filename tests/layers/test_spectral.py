"""The spectral norm against NumPy, and the layers that divide by it against the plain operations."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.layers.spectral import SpectralConv, SpectralDense
from cgn_tf.models.folding import for_inference
from cgn_tf.ops.scaled_conv import scales_kernel
from cgn_tf.ops.spectral import spectral_norm


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def power_step(kernel: np.ndarray, u0: np.ndarray, epsilon: float = 1e-4) -> tuple[float, np.ndarray, np.ndarray]:
    """σ, v and u, written down from the format's description in float64."""
    matrix = kernel.reshape(-1, kernel.shape[-1]).astype(np.float64)
    v = matrix @ u0[0].astype(np.float64)
    v /= np.sqrt((v**2).sum() + epsilon)
    u = v @ matrix
    u /= np.sqrt((u**2).sum() + epsilon)
    return float(v @ matrix @ u), v, u


@pytest.fixture
def bfloat16() -> Iterator[None]:
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (4, 9), (16, 1)])
def test_sigma_of_a_matrix_of_ones(rows: int, columns: int) -> None:
    """Its only singular value is √(rows·columns), and any u0 with a sum ≠ 0 finds it in one step."""
    sigma = spectral_norm(np.ones((rows, columns), np.float32), normal(1, columns), epsilon=0.0)
    assert float(sigma) == pytest.approx(np.sqrt(rows * columns), rel=1e-6)


def test_epsilon_makes_sigma_smaller() -> None:
    """Ones [2, 2] and u0 = (1, 1): v = (2, 2)/√(8 + ε), t = 4·(1, 1)/√(8 + ε), σ = Σt²/√(Σt² + ε)."""
    square = 32 / 8.5
    sigma = spectral_norm(np.ones((2, 2), np.float32), np.ones((1, 2), np.float32), epsilon=0.5)
    assert float(sigma) == pytest.approx(square / np.sqrt(square + 0.5), rel=1e-6)


@pytest.mark.parametrize("shape", [(7, 5), (3, 3, 4, 6), (1, 1, 8, 2)])
def test_sigma_against_numpy(shape: tuple[int, ...]) -> None:
    kernel = normal(*shape)
    largest = np.linalg.svd(kernel.reshape(-1, shape[-1]).astype(np.float64))[1][0]
    for seed in range(1, 4):
        u0 = normal(1, shape[-1], seed=seed)
        sigma = float(spectral_norm(kernel, u0))
        assert sigma == pytest.approx(power_step(kernel, u0)[0], rel=1e-5)
        assert sigma <= largest * (1 + 1e-6)
    assert float(spectral_norm(1e-3 * kernel, u0)) == pytest.approx(power_step(1e-3 * kernel, u0)[0], rel=1e-5)


def test_one_step_from_the_right_vector_finds_the_largest_singular_value() -> None:
    kernel = normal(12, 7)
    _, values, right = np.linalg.svd(kernel)
    assert float(spectral_norm(kernel, right[:1], epsilon=0.0)) == pytest.approx(values[0], rel=1e-5)


def test_the_gradient_of_sigma_is_the_outer_product() -> None:
    kernel, u0 = tf.constant(normal(3, 3, 4, 6)), tf.constant(normal(1, 6, seed=1))
    with tf.GradientTape() as tape:
        tape.watch([kernel, u0])
        sigma = spectral_norm(kernel, u0)
    gradient, of_u0 = tape.gradient(sigma, [kernel, u0])
    _, v, u = power_step(kernel.numpy(), u0.numpy())
    np.testing.assert_allclose(gradient.numpy().reshape(-1, 6), np.outer(v, u), rtol=1e-4, atol=1e-6)
    assert of_u0 is None


def drawn(layer: Any, *shape: Any) -> Any:
    """A built layer with random values, the bias among them."""
    layer.build(shape)
    for i, variable in enumerate(layer.variables):
        variable.assign(normal(*variable.shape, seed=10 + i))
    return layer


def normalised(layer: Any) -> np.ndarray:
    sigma, _, _ = power_step(layer.kernel.numpy(), layer.u0.numpy(), layer.sigma_epsilon)
    return layer.kernel.numpy() / np.float32(sigma)


@pytest.mark.parametrize("use_bias", [False, True])
def test_dense_plain_and_folded(use_bias: bool) -> None:
    layer = drawn(SpectralDense(5, use_bias), None, 7)
    x = normal(3, 7)
    expected = x @ normalised(layer) + (layer.bias.numpy() if use_bias else 0)
    for training in (False, True):
        np.testing.assert_allclose(layer(x, training=training), expected, rtol=1e-4, atol=1e-5)
    folded = for_inference(layer)
    np.testing.assert_array_equal(folded(x), layer(x))
    assert [variable.name for variable in folded.variables] == ["kernel", "bias"][: 1 + use_bias]


FORMS = {
    "1x1": {"size": 1},
    "3x3": {"size": 3},
    "upsampled": {"size": 3, "upsample": True},
    "first outputs": {"size": 3, "outputs": 2},
}


def expected_conv(layer: Any, x: np.ndarray, scale: np.ndarray | None, shift: np.ndarray | None) -> np.ndarray:
    """Upsampling by copies, the convolution of all channels, its bias, the affine map; then the channels wanted."""
    if layer.upsample:
        x = np.repeat(np.repeat(x, 2, axis=1), 2, axis=2)
    y = np.asarray(tf.nn.conv2d(x, normalised(layer), 1, "SAME"))[..., : layer.outputs]
    if layer.bias is not None:
        y = y + layer.bias.numpy()[: layer.outputs]
    return y if scale is None or shift is None else y * scale[:, None, None] + shift[:, None, None]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("side", [1, 9])  # outputs smaller than the kernel, and larger
def test_conv_with_scale_and_shift_in_all_its_forms(form: str, use_bias: bool, side: int) -> None:
    arguments: Any = FORMS[form]
    layer = drawn(SpectralConv(4, use_bias=use_bias, **arguments), None, None, None, 3)
    folded = for_inference(layer)
    channels = layer.outputs or 4
    for batch, rows in product((1, 3), (None, 1, "batch")):
        x = normal(batch, side, side + 1, 3, seed=batch)
        scale = shift = None
        if rows is not None:
            scale, shift = normal(2, 1 if rows == 1 else batch, channels, seed=7)
        expected = expected_conv(layer, x, scale, shift)
        np.testing.assert_array_equal(folded(x, scale, shift), layer(x, scale, shift))
        ways = {"plain": layer, "training": functools.partial(layer, training=True), "folded": folded}
        for name, ours in ways.items():
            what = f"{name}, batch {batch}, {rows} rows of scales"
            y = ours(x, scale, shift)
            assert y.shape == expected.shape, what
            np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4, err_msg=what)
            spec = tf.TensorSpec((None, side, side + 1, 3))
            rows_spec = None if scale is None else tf.TensorSpec((1 if rows == 1 else None, channels))
            graph = tf.function(ours, autograph=False).get_concrete_function(spec, rows_spec, rows_spec)
            given = [tf.constant(part) for part in (x, scale, shift) if part is not None]
            np.testing.assert_allclose(graph(*given), expected, rtol=1e-4, atol=1e-4, err_msg=f"{what}, graph")


def test_both_ways_to_scale_are_taken() -> None:
    layer = drawn(SpectralConv(4, 3), None, None, None, 3)
    one, many = normal(1, 4), normal(2, 4)
    assert scales_kernel(normal(1, 9, 9, 3), layer.kernel, one)
    assert scales_kernel(normal(2, 9, 9, 3), layer.kernel, one)
    assert not scales_kernel(normal(2, 9, 9, 3), layer.kernel, many)
    # 108 numbers in the kernel, 16 in the output, or 64
    assert not scales_kernel(normal(1, 2, 2, 3), layer.kernel, one)
    assert not scales_kernel(normal(1, 2, 2, 3), layer.kernel, one, "upsample")
    assert scales_kernel(normal(1, 3, 3, 3), layer.kernel, one, "upsample")


@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_those_of_the_plain_formula(training: bool) -> None:
    x, weights = tf.constant(normal(1, 6, 6, 3)), normal(1, 6, 6, 4, seed=1)
    layer = drawn(SpectralConv(4, 3), None, None, None, 3)
    scale, shift = tf.constant(normal(1, 4, seed=2)), tf.constant(normal(1, 4, seed=3))
    kernel, bias = tf.constant(layer.kernel.numpy()), tf.constant(layer.bias.numpy())
    with tf.GradientTape() as tape:
        tape.watch([x, scale, shift])
        total = tf.reduce_sum(layer(x, scale, shift, training=training) * weights)
    found = tape.gradient(total, [x, layer.kernel.value, layer.bias.value, scale, shift])
    with tf.GradientTape() as tape:
        tape.watch([x, kernel, bias, scale, shift])
        y = tf.nn.conv2d(x, kernel / spectral_norm(kernel, layer.u0.numpy()), 1, "SAME") + bias
        total = tf.reduce_sum((y * scale[:, None, None] + shift[:, None, None]) * weights)
    for ours, expected in zip(found, tape.gradient(total, [x, kernel, bias, scale, shift]), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("bfloat16")
@pytest.mark.parametrize("batch", [1, 2])
def test_half_precision_keeps_variables_and_scales_in_float32(batch: int) -> None:
    layer = drawn(SpectralConv(4, 1), None, None, None, 1)
    assert {variable.dtype for variable in layer.variables} == {"float32"}
    layer.bias.assign(np.full(4, 256))
    scale, shift = np.full((batch, 4), 1 + 2**-9, np.float32), np.full((batch, 4), -256, np.float32)
    y = layer(np.zeros((batch, 2, 2, 1), np.float32), scale, shift)
    assert y.dtype == "bfloat16"
    np.testing.assert_array_equal(tf.cast(y, tf.float32), np.full((batch, 2, 2, 4), 0.5))  # the scale rounded: 0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^upsample: expected size 3 and all outputs, got size 1 and outputs None"):
        SpectralConv(4, 1, upsample=True)
    with pytest.raises(ValueError, match="got size 3 and outputs 2"):
        SpectralConv(4, 3, upsample=True, outputs=2)


def test_round_trip_of_the_configuration() -> None:
    conv = SpectralConv(8, 3, False, outputs=3, sigma_epsilon=0.0, name="to_rgb")
    dense = SpectralDense(8, False, 0.5, name="dense")
    for layer in (conv, dense, SpectralConv(2, 3, upsample=True)):
        again = type(layer).from_config(layer.get_config())
        assert again.get_config() == layer.get_config()
