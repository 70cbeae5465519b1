from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.losses import irm


def test_the_gradient_of_a_multiplier_by_hand() -> None:
    # softmax of (0, ln 3) is (1/4, 3/4)
    logits = np.float32([[0, math.log(3)]] * 2)
    found = irm.multiplier_gradient(logits, np.int32([0, 1]))
    np.testing.assert_allclose(found, [0.75 * math.log(3), -0.25 * math.log(3)], rtol=1e-6)


def test_the_penalty_by_hand() -> None:
    sums = irm.environment_sums(np.float32([1, 2, 3, 10]), np.int32([0, 1, 0, 1]), 3)
    np.testing.assert_array_equal(sums, [4, 12, 0])
    assert float(irm.penalty(np.float32([1, -3]))) == pytest.approx(5)


def test_it_equals_automatic_differentiation() -> None:
    random = np.random.default_rng(0)
    logits, labels = random.standard_normal((12, 10)).astype(np.float32), random.integers(0, 10, 12)
    environments = np.arange(12) % 3
    squares = []
    for environment in range(3):
        own = environments == environment
        multiplier = tf.Variable(1.0)
        with tf.GradientTape() as tape:
            entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels[own], multiplier * logits[own])
            risk = tf.reduce_mean(entropy)
        squares.append(float(tape.gradient(risk, multiplier)) ** 2)
    found = irm.penalty(irm.environment_sums(irm.multiplier_gradient(logits, labels), environments, 3) / 4.0)
    assert float(found) == pytest.approx(np.mean(squares), rel=1e-4)


def test_the_weight_is_one_at_first() -> None:
    assert [float(irm.weight_at(step, 2, 500.0)) for step in range(4)] == [1, 1, 500, 500]
    assert float(irm.weight_at(0, 0, 0.5)) == 0.5
