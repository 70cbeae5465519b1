"""A training step in half precision: what is computed in it, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.options.command_line import parse
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.types import Triplet

FLAGS = [
    "--dataset=wildlife_mnist", "--digits=sklearn", "--textures=procedural", "--discriminator=conv",
    "--discriminator_width=8",
    "--batch_size=8", "--init=normal", "--gain=0.1", "--features=squeezenet", "--feature_weights=random",
    "--style_weights=0,0.1,0,0", "--optimizer=sgd", "--workdir=unused",
]  # fmt: skip


@pytest.fixture(autouse=True)
def own_policy() -> Iterator[None]:
    policy = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(policy)


def trainer_and_batch(precision: str) -> tuple[CGNTrainer, dict[str, Any]]:
    config = parse(TrainConfig, [*FLAGS, f"--mixed_precision={precision}"])
    trainer, _, batches = build_training(config)
    (batch,) = batches(0).take(1)
    return trainer, batch


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_a_step(precision: str) -> None:
    expected_trainer, batch = trainer_and_batch("float32")
    expected = tf.function(expected_trainer.train_step)(batch)
    trainer, batch = trainer_and_batch(precision)
    cgn, discriminator = trainer.cgn, trainer.discriminator
    assert discriminator is not None
    assert {layer.compute_dtype for layer in (cgn.shape_mechanism.dense, discriminator)} == {precision}
    assert {variable.dtype for variable in cgn.variables} == {"float32"}
    labels = Triplet.same(batch["generated_label"])
    assert {part.dtype for part in cgn(batch["noise"], labels, training=True)} == {tf.float32}
    assert discriminator(batch["image"], batch["label"]).dtype == precision
    if trainer.loss_scale is not None:
        trainer.loss_scale.scale.assign(64.0)  # at which nothing overflows here
    before = [variable.numpy() for variable in cgn.trainable_variables]
    logs = tf.function(trainer.train_step)(batch)
    for name in expected:
        assert logs[name].dtype == tf.float32
        assert float(logs[name]) == pytest.approx(float(expected[name]), rel=0.1, abs=0.02), name
    directions = 0
    for old, plain, new in zip(before, expected_trainer.cgn.trainable_variables, cgn.trainable_variables, strict=True):
        moved, should = np.asarray(new) - old, np.asarray(plain) - old
        assert np.isfinite(moved).all()
        if np.linalg.norm(should) < 1e-3:
            continue  # in front of an instance norm a scale has no gradient but rounding
        # the direction of a step in full precision
        assert np.vdot(moved, should) > 0.8 * np.linalg.norm(moved) * np.linalg.norm(should) > 0, plain.path
        directions += 1
    assert directions > 20


def test_gradients_that_float16_cannot_hold_change_nothing_but_the_scale() -> None:
    trainer, batch = trainer_and_batch("float16")
    step = tf.function(trainer.train_step)
    assert trainer.loss_scale is not None
    trainer.loss_scale.scale.assign(2.0**100)
    before = [variable.numpy() for variable in trainer.cgn.trainable_variables]
    step(batch)
    assert float(trainer.loss_scale.scale) == 2.0**99
    for old, new in zip(before, trainer.cgn.trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new)
