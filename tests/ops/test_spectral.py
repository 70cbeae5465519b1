"""Spectral norms of several kernels at once are those of each alone."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.ops.spectral import spectral_norm, spectral_norms


def test_of_matrices_of_ones() -> None:
    # the largest singular value of an m × n matrix of ones is √(m·n)
    kernels = np.stack([np.ones((2, 8), np.float32), np.full((2, 8), 3, np.float32)])
    found = spectral_norms(kernels, np.ones((2, 1, 8), np.float32), 0.0)
    np.testing.assert_allclose(found, [[[4.0]], [[12.0]]], rtol=1e-6)


@pytest.mark.parametrize("epsilon", [1e-4, 0.0])
def test_together_and_alone(epsilon: float) -> None:
    random = np.random.default_rng(0)
    kernels = tf.constant(random.standard_normal((3, 6, 4)).astype(np.float32))
    u0 = tf.constant(random.standard_normal((3, 1, 4)).astype(np.float32))
    weights = tf.constant([1.0, -2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([kernels, u0])
        together = spectral_norms(kernels, u0, epsilon)
        alone = tf.stack([spectral_norm(kernels[i], u0[i], epsilon) for i in range(3)])
        sums = [tf.reduce_sum(weights * tf.reshape(sigma, (3,))) for sigma in (together, alone)]
    assert together.shape == (3, 1, 1)
    np.testing.assert_allclose(tf.reshape(together, (3,)), alone, rtol=1e-6)
    np.testing.assert_allclose(*(tape.gradient(total, kernels) for total in sums), rtol=1e-5, atol=1e-6)
    assert tape.gradient(sums[0], u0) is None
