"""Rows of the truncation statistics, and the two norms against their formula."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.layers.conditional_norm import ConditionalNorm, TruncationNorm, TruncationRows, scales_and_shifts
from cgn_tf.layers.spectral import SpectralDense
from cgn_tf.models.folding import for_inference


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def statistics(channels: int) -> np.ndarray:
    table = normal(51, 2, channels, seed=5)
    table[:, 1] = np.abs(table[:, 1]) + 0.5
    return table


def interpolated(table: np.ndarray, truncation: Any, reversed_shares: bool = False) -> tuple[np.ndarray, np.ndarray]:
    means, variances = TruncationRows.of(truncation, reversed_shares).interpolate(table)
    return np.asarray(means), np.asarray(variances)


@pytest.mark.parametrize("reversed_shares", [False, True])
def test_a_multiple_of_a_fiftieth_is_its_row_to_the_bit(reversed_shares: bool) -> None:
    table = statistics(3)
    for r in range(1, 51):
        for truncation in (r / 50, 0.02 * r, np.float32(r) / np.float32(50)):
            means, variances = interpolated(table, truncation, reversed_shares)
            np.testing.assert_array_equal(means, table[r : r + 1, 0], err_msg=str(truncation))
            np.testing.assert_array_equal(variances, table[r : r + 1, 1], err_msg=str(truncation))


def test_truncation_one_is_the_upper_end() -> None:
    rows = TruncationRows.of(1.0)
    assert (rows.lower.numpy().tolist(), rows.share.numpy().tolist()) == ([49], [1.0])


def test_linear_between_the_rows() -> None:
    table = statistics(3)
    truncation = np.array([0.365, 0.005, 0.999], np.float32)
    positions = np.array([18.25, 0.25, 49.95])
    expected = [
        np.stack([np.interp(positions, np.arange(51), table[:, kind, c]) for c in range(3)], axis=1) for kind in (0, 1)
    ]
    for found, wanted in zip(interpolated(table, truncation), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_reversed_shares_are_those_of_the_mirrored_place() -> None:
    table = statistics(3)
    for ours, mirrored in zip(interpolated(table, 0.365, True), interpolated(table, 0.375), strict=True):
        np.testing.assert_allclose(ours, mirrored, rtol=1e-4, atol=1e-5)


def test_one_truncation_and_one_for_each_image() -> None:
    table = statistics(3)
    together = interpolated(table, np.array([0.1, 0.333, 0.8], np.float32))
    for i, truncation in enumerate((0.1, 0.333, 0.8)):
        for found, alone in zip(together, interpolated(table, truncation), strict=True):
            assert alone.shape == (1, 3)
            np.testing.assert_array_equal(found[i : i + 1], alone)


def built(layer: Any, *arguments: Any) -> Any:
    """A built layer with statistics and random values."""
    layer.build(*arguments)
    for i, variable in enumerate(layer.variables):
        variable.assign(
            statistics(layer.channels) if variable.name == "statistics" else normal(*variable.shape, seed=i)
        )
    return layer


def normalised(layer: SpectralDense) -> np.ndarray:
    kernel = layer.kernel.numpy()
    v = kernel @ layer.u0.numpy()[0]
    v /= np.sqrt((v**2).sum() + 1e-4)
    u = v @ kernel
    return np.asarray(kernel / (v @ kernel @ (u / np.sqrt((u**2).sum() + 1e-4))))


@pytest.mark.parametrize("truncation", [0.365, np.array([0.365, 0.5, 1.0], np.float32)])
def test_conditional_norm_is_its_formula(truncation: Any) -> None:
    layer = built(ConditionalNorm(5), (None, 7))
    x, condition = 3 + normal(3, 4, 4, 5), normal(3, 7, seed=9)
    mean, variance = (part[:, None, None] for part in interpolated(layer.statistics.numpy(), truncation))
    gain, bias = (condition @ normalised(part) for part in (layer.scale, layer.offset))
    expected = (x - mean) / np.sqrt(variance + 1e-4) * (1 + gain[:, None, None]) + bias[:, None, None]
    for ours in (layer, for_inference(layer)):
        scale, shift = ours(condition, TruncationRows.of(truncation))
        assert scale.shape == shift.shape == (3, 5)
        y = x * scale.numpy()[:, None, None] + shift.numpy()[:, None, None]
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


def test_the_last_norm_uses_its_gain_as_it_is() -> None:
    layer = built(TruncationNorm(5))
    x = 3 + normal(2, 4, 4, 5)
    mean, variance = interpolated(layer.statistics.numpy(), 0.365)
    expected = (x - mean) / np.sqrt(variance + 1e-4) * layer.gain.numpy() + layer.bias.numpy()
    scale, shift = layer(TruncationRows.of(0.365))
    assert scale.shape == shift.shape == (1, 5)
    np.testing.assert_allclose(x * scale.numpy() + shift.numpy(), expected, rtol=1e-4, atol=1e-4)


def test_a_new_norm_has_mean_zero_and_variance_one_that_are_not_trained() -> None:
    layer = TruncationNorm(5)
    layer.build()
    np.testing.assert_array_equal(layer.statistics, np.tile([[[0.0], [1.0]]], (51, 1, 5)))
    assert [variable.name for variable in layer.non_trainable_variables] == ["statistics"]
    assert [variable.name for variable in layer.trainable_variables] == ["gain", "bias"]
    scale, shift = layer(TruncationRows.of(0.7))
    np.testing.assert_allclose(scale, np.full((1, 5), 1 / np.sqrt(1 + 1e-4)), rtol=1e-6)
    np.testing.assert_array_equal(shift, np.zeros((1, 5)))


def test_gradients_reach_the_condition_and_the_kernels() -> None:
    layer = built(ConditionalNorm(5), (None, 7))
    condition = tf.constant(normal(2, 7))
    with tf.GradientTape() as tape:
        tape.watch(condition)
        scale, shift = layer(condition, TruncationRows.of(0.3))
        total = tf.reduce_sum(scale * 2 + shift)
    kernels = [layer.scale.kernel.value, layer.offset.kernel.value]
    gradients = tape.gradient(total, [condition, *kernels])
    assert all(np.abs(gradient).max() > 0 for gradient in gradients)
    assert {variable.name for variable in layer.non_trainable_variables} == {"statistics", "u0"}


@pytest.mark.parametrize("truncation", [0.365, np.array([0.365, 0.5, 1.0], np.float32)])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_norms_together_are_each_alone(truncation: Any, dtype: str) -> None:
    norms = [
        built(ConditionalNorm(channels, sigma_epsilon=epsilon, dtype=dtype), (None, 7))
        for channels, epsilon in ((5, 1e-4), (3, 1e-4), (5, 1e-4), (5, 0.0), (3, 1e-4))
    ]
    for i, variable in enumerate(variable for norm in norms for variable in norm.trainable_variables):
        variable.assign(normal(*variable.shape, seed=50 + i))
    condition, rows = tf.constant(normal(3, 7, seed=9)), TruncationRows.of(truncation)
    watched = [condition, *(variable.value for norm in norms for variable in norm.trainable_variables)]
    weights = [[normal(3, norm.channels, seed=2 * i + j) for j in (0, 1)] for i, norm in enumerate(norms)]
    found = []
    for compute in (
        lambda: [norm(condition, rows, training=True) for norm in norms],
        lambda: scales_and_shifts(norms, condition, rows, training=True),
    ):
        with tf.GradientTape() as tape:
            tape.watch(condition)
            pairs = compute()
            total = sum(
                tf.reduce_sum(part * weight)
                for pair, own in zip(pairs, weights, strict=True)
                for part, weight in zip(pair, own, strict=True)
            )
        found.append([*(part for pair in pairs for part in pair), *tape.gradient(total, watched)])
    tolerance = 1e-5 if dtype == "float32" else 0.05
    for alone, together in zip(*found, strict=True):
        assert alone.dtype == together.dtype == tf.float32
        assert alone.shape == together.shape
        np.testing.assert_allclose(together, alone, rtol=tolerance, atol=tolerance)


def test_norms_in_inference_are_those_alone_to_the_bit() -> None:
    norms = [built(ConditionalNorm(channels), (None, 7)) for channels in (5, 3, 5)]
    condition, rows = normal(2, 7), TruncationRows.of(0.365)
    for norm, pair in zip(norms, scales_and_shifts(norms, condition, rows), strict=True):
        for alone, together in zip(norm(condition, rows), pair, strict=True):
            np.testing.assert_array_equal(together, alone)


def test_half_precision_keeps_the_statistics_in_float32() -> None:
    condition = normal(2, 7)
    layers = []
    for dtype in ("float32", "mixed_bfloat16"):
        layer = ConditionalNorm(5, dtype=dtype)
        layers.append(built(layer, (None, 7)))
        assert {variable.dtype for variable in layer.variables} == {"float32"}
    exact, rounded = (layer(condition, TruncationRows.of(0.365)) for layer in layers)
    for a, b in zip(exact, rounded, strict=True):
        assert b.dtype == tf.float32
        np.testing.assert_allclose(a, b, rtol=0, atol=0.05)


def test_round_trip_of_the_configuration() -> None:
    for layer in (ConditionalNorm(5, 0.0, name="norm0"), TruncationNorm(3, name="norm")):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        assert again.get_config() == layer.get_config()
