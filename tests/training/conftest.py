"""A small trainer and batches for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.losses.terms import LossTerms
from cgn_tf.models.critic import LinearCritic
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.types import Triplet


@pytest.fixture
def make_trainer() -> Callable[..., CGNTrainer]:
    """A digit CGN with a narrow linear critic and plain SGD: an update is the rate times the gradient."""

    def make(critic: bool = True, batch_size: int = 4, rates: Any = (0.1, 0.2, 0.3), **kwargs: Any) -> CGNTrainer:
        keras.utils.set_random_seed(0)
        cgn = digit_cgn(gain=1.0)
        cgn.build()
        network = None
        if critic:
            network = LinearCritic(width=8)
            network(np.zeros((1, 32, 32, 3), np.float32), np.zeros(1, np.int32))
        weights = {"adversarial": 1.0 if critic else 0.0, "binary_entropy": 0.3, "reconstruction": 2.0}
        return CGNTrainer(
            cgn,
            LossTerms(weights),
            Triplet(
                *(keras.optimizers.SGD(rate, name=name) for name, rate in zip(Triplet._fields, rates, strict=True))
            ),
            batch_size,
            critic=network,
            critic_optimizer=keras.optimizers.SGD(0.5, name="critic") if critic else None,
            **kwargs,
        )

    return make


@pytest.fixture
def make_batch() -> Callable[..., dict[str, Any]]:
    """What a step needs, from a seed."""

    def make(seed: int = 0, size: int = 4) -> dict[str, Any]:
        random = np.random.default_rng(seed)
        return {
            "image": tf.constant(random.uniform(-1, 1, (size, 32, 32, 3)), tf.float32),
            "label": tf.constant(random.integers(0, 10, size), tf.int32),
            "generated_label": tf.constant(random.integers(0, 10, size), tf.int32),
            "noise": tf.constant(random.standard_normal((size, 32)), tf.float32),
            "offsets": tf.constant(random.integers(0, 32, (size, 2, 2)), tf.int32),
            "keep_fake": tf.constant(random.random((size, 2, 8)) < 0.6, tf.float32),
            "keep_real": tf.constant(random.random((size, 2, 8)) < 0.6, tf.float32),
        }

    return make
