"""The fast step against the plain one: the same losses, the same gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.models.discriminators.conv import ConvDiscriminator
from cgn_tf.options.command_line import parse
from cgn_tf.training.cgn_trainer import CGNTrainer
from tests.speed import plain

FLAGS = [
    "--dataset=wildlife_mnist", "--digits=sklearn", "--textures=procedural", "--discriminator=conv",
    "--discriminator_width=8",
    "--batch_size=8", "--optimizer=sgd", "--features=squeezenet", "--feature_weights=random",
    "--style_weights=0.01,0.02,0.01,0", "--dry_run",
]  # fmt: skip


def trainer_and_batch() -> tuple[CGNTrainer, dict[str, Any]]:
    config = parse(TrainConfig, FLAGS)
    trainer, _, batches = build_training(config)
    (batch,) = batches(0).take(1)
    return trainer, batch


def test_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    fast, batch = trainer_and_batch()
    oracle, _ = trainer_and_batch()
    before = {name: v.numpy() for group in oracle.state().values() for name, v in group.items()}
    fast_logs = tf.function(fast.train_step)(batch)
    plain.patch_networks(monkeypatch)
    plain_logs = tf.function(lambda: plain.train_step(oracle, batch))()
    for name, value in plain_logs.items():
        np.testing.assert_allclose(fast_logs[name], value, rtol=1e-4, err_msg=name)
    for group, variables in oracle.state().items():
        for name, variable in variables.items():
            if "discriminator/norm" in name and "moving" in name:
                continue  # the plain step passes over the fakes twice
            moved = np.linalg.norm(variable.numpy() - before[name])
            wrong = np.linalg.norm(variable.numpy() - fast.state()[group][name].numpy())
            assert wrong <= 1e-3 * moved + 1e-6, name


def test_the_first_convolution_of_the_discriminator(monkeypatch: pytest.MonkeyPatch) -> None:
    discriminator = ConvDiscriminator(channels=4)
    images = np.random.default_rng(0).uniform(-1, 1, (5, 32, 32, 3)).astype(np.float32)
    labels = np.int32([0, 3, 9, 3, 1])
    scores = np.asarray(discriminator(images, labels))
    monkeypatch.setattr(ConvDiscriminator, "_first", plain.first)
    np.testing.assert_allclose(discriminator(images, labels), scores, rtol=1e-4, atol=1e-6)
