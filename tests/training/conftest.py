"""A small trainer and batches for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.losses.adversarial import AdversarialLoss, AdversarialOptions
from cgn_tf.losses.binary_entropy import BinaryEntropyOptions
from cgn_tf.losses.reconstruction import ReconstructionOptions
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.discriminators.linear import LinearDiscriminator
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.step_settings import StepSettings
from cgn_tf.training.training_batches import TrainingBatches
from cgn_tf.types import Triplet
from tests.losses.summed import summed


@pytest.fixture
def make_trainer() -> Callable[..., CGNTrainer]:
    """A digit CGN with a narrow linear discriminator and plain SGD: an update is the rate times the gradient."""

    def make(
        discriminator: bool = True,
        batch_size: int = 4,
        rates: Any = (0.1, 0.2, 0.3),
        loss_scale: Any = None,
        **settings: Any,
    ) -> CGNTrainer:
        keras.utils.set_random_seed(0)
        cgn = digit_cgn(gain=1.0)
        cgn.build()
        network = None
        if discriminator:
            network = LinearDiscriminator(width=8)
            network(np.zeros((1, 32, 32, 3), np.float32), np.zeros(1, np.int32))
        losses: list[Any] = [BinaryEntropyOptions(0.3), ReconstructionOptions(2.0)]
        optimizers = {
            name: keras.optimizers.SGD(rate, name=name) for name, rate in zip(Triplet._fields, rates, strict=True)
        }
        if discriminator:
            losses.append(AdversarialOptions(1.0))
            optimizers["discriminator"] = keras.optimizers.SGD(0.5, name="discriminator")
        return CGNTrainer(
            cgn,
            summed(*losses),
            optimizers,
            settings=StepSettings(batch_size=batch_size, **settings),
            discriminator=network,
            loss_scale=loss_scale,
            discriminator_loss=AdversarialLoss().discriminator if discriminator else None,
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
            "fake_random_inputs": {"dropout_mask": tf.constant(random.random((size, 2, 8)) < 0.6, tf.float32)},
            "real_random_inputs": {"dropout_mask": tf.constant(random.random((size, 2, 8)) < 0.6, tf.float32)},
        }

    return make


@pytest.fixture
def batches(make_batch: Callable[..., dict[str, Any]]) -> TrainingBatches:
    """Ten batches of 4 that come again and again, an epoch each time; 50 in all."""
    columns = tf.nest.map_structure(lambda *rows: np.stack(rows), *map(make_batch, range(10)))

    def batch(step: Any) -> Any:
        return tf.nest.map_structure(lambda column: tf.gather(column, step % 10), columns)

    return TrainingBatches(batch, 4, steps=50, steps_per_epoch=10)
