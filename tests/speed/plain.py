"""The plain way to compute what the project computes fast: the oracle of tests, and what speeds are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import tensorflow as tf
from keras import ops

from cgn_tf.losses import adversarial
from cgn_tf.training.cgn_trainer import CGNTrainer


def upsample_conv(x: Any, kernel: Any) -> Any:
    """Upsampling, then a convolution."""
    return ops.conv(ops.repeat(ops.repeat(x, 2, axis=1), 2, axis=2), kernel, padding="same")


def batch_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Keras' own arithmetic: moments, then normalisation."""
    mean, variance = ops.moments(x, axes=(0, 1, 2))
    return ops.batch_normalization(x, mean, variance, -1, beta, gamma, epsilon), mean, variance


def train_step(trainer: CGNTrainer, batch: Mapping[str, Any]) -> dict[str, Any]:
    """The reference's step: the mechanisms, then the critic with passes of its own over real images and fakes.

    The critic's variables do not change in between, so it sees the same fakes with the same weights in both passes.
    """
    labels = batch["generated_label"]
    with tf.GradientTape() as tape:
        composite = trainer.cgn(batch["noise"], labels, batch.get("offsets"), training=True)
        scores = trainer._scores(composite.image, labels, batch, "fake")
        raw = trainer.terms(composite, batch["image"], scores)
        loss = tf.reduce_mean(trainer.terms.total(raw))
    gradients = tape.gradient(loss, list(trainer.mechanism_variables))
    for optimizer, gradient, variables in zip(trainer.optimizers, gradients, trainer.mechanism_variables, strict=True):
        optimizer.apply(gradient, variables)
    logs = {"loss/total": loss}
    if trainer.critic is not None and trainer.critic_optimizer is not None:
        fake = tf.stop_gradient(composite.image)
        with tf.GradientTape() as tape:
            real_scores = trainer._scores(batch["image"], batch["label"], batch, "real")
            fake_scores = trainer._scores(fake, labels, batch, "fake")
            loss = tf.reduce_mean(adversarial.critic(real_scores, fake_scores))
        variables = trainer.critic.trainable_variables
        trainer.critic_optimizer.apply(tape.gradient(loss, variables), variables)
        logs["loss/critic"] = loss
    return logs


def first(critic: Any, images: Any, embedded: Any) -> Any:
    """The label as a fourth channel."""
    channel = ops.broadcast_to(embedded[:, None, None], (*images.shape[:3], 1))
    return critic.convs[0](ops.concatenate([images, channel], axis=-1))


def gram_distance(features: Any, reference_gram: Any) -> Any:
    """Differentiated by the framework."""
    height, width, channels = features.shape[1:]
    flat = ops.reshape(features, (-1, height * width, channels))
    gram = ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / (channels * height * width)
    return ops.mean(ops.abs(gram - reference_gram), axis=(1, 2))


def patch_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces the fast operations inside the layers by the plain ones."""
    monkeypatch.setattr("cgn_tf.layers.upsample_block.upsample_conv", upsample_conv)
    monkeypatch.setattr("cgn_tf.layers.batch_norm.batch_norm", batch_norm)
    monkeypatch.setattr("cgn_tf.models.critic.ConvCritic._first", first)
    monkeypatch.setattr("cgn_tf.losses.perceptual.gram_distance", gram_distance)
