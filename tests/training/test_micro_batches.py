"""Micro-batches: the whole batch's update, and the networks that cannot have them."""

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
from cgn_tf.models.cgn import CGN
from cgn_tf.models.discriminators.linear import LinearDiscriminator
from cgn_tf.models.maskers.clip import ClipMasker
from cgn_tf.models.mechanisms.embedded_mechanism import EmbeddedMechanism
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.micro_batches import summed_over_parts
from cgn_tf.training.step_settings import StepSettings
from cgn_tf.types import Triplet
from tests.losses.summed import summed


class DenseMechanism(EmbeddedMechanism):
    """A mechanism without batch norm."""

    is_shifted = True

    def __init__(self, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.image_size = 32
        self.dense = keras.layers.Dense(8 * 8 * channels, name="dense")

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        self.dense.build((None, noise_shape[-1] + condition_shape[-1]))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        x = keras.ops.reshape(self.dense(keras.ops.concatenate([noise, condition], -1)), (-1, 8, 8, self.channels))
        return keras.ops.repeat(keras.ops.repeat(keras.ops.tanh(x), 4, axis=1), 4, axis=2)


def trainer_without_batch_norm(parts: int) -> CGNTrainer:
    keras.utils.set_random_seed(0)
    mechanisms = Triplet(*(DenseMechanism(size, name=f) for size, f in zip((1, 3, 3), Triplet._fields, strict=True)))
    cgn = CGN(mechanisms, ClipMasker(), num_classes=10, noise_dim=32, embedding_dim=10, shuffles=True)
    cgn.build()
    discriminator = LinearDiscriminator(width=8)
    discriminator(np.zeros((1, 32, 32, 3), np.float32), np.zeros(1, np.int32))
    return CGNTrainer(
        cgn,
        summed(AdversarialOptions(1.0), BinaryEntropyOptions(0.3), ReconstructionOptions(2.0)),
        {name: keras.optimizers.SGD(0.1, name=name) for name in (*Triplet._fields, "discriminator")},
        settings=StepSettings(batch_size=8, micro_batches=parts),
        discriminator=discriminator,
        discriminator_loss=AdversarialLoss().discriminator,
    )


@pytest.mark.parametrize("parts", [2, 4, 8])
def test_parts_make_the_update_of_the_whole(parts: int, make_batch: Callable[..., Any]) -> None:
    whole, divided = trainer_without_batch_norm(1), trainer_without_batch_norm(parts)
    before = [variable.numpy() for variable in whole.cgn.trainable_variables]
    for seed in range(3):
        batch = make_batch(seed, size=8)
        logs = [tf.function(trainer.train_step)(batch) for trainer in (whole, divided)]
    for name, value in logs[0].items():
        np.testing.assert_allclose(logs[1][name], value, rtol=1e-5, err_msg=name)
    for group, variables in whole.state().items():
        for name, variable in variables.items():
            other = divided.state()[group][name]
            np.testing.assert_allclose(other.numpy(), variable.numpy(), rtol=0, atol=1e-6, err_msg=name)
    moved = [np.abs(new.numpy() - old).max() for old, new in zip(before, whole.cgn.trainable_variables, strict=True)]
    assert min(moved) > 1e-5


def test_batch_norm_is_refused(make_trainer: Callable[..., CGNTrainer]) -> None:
    with pytest.raises(ValueError, match="micro_batches: expected 1 for networks with batch norm, got 2"):
        make_trainer(micro_batches=2)


def test_sums_of_structures() -> None:
    batch = {"x": tf.reshape(tf.range(12.0), (6, 2))}
    zeros = [tf.zeros(2), {"n": tf.constant(0)}]
    total = summed_over_parts(
        lambda part: [tf.reduce_sum(part["x"], 0), {"n": tf.shape(part["x"])[0]}], batch, 3, zeros
    )
    np.testing.assert_array_equal(total[0], [30, 36])
    assert total[1]["n"] == 6
