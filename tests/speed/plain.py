"""The plain way to compute what the project computes fast: the oracle of tests, and what speeds are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import tensorflow as tf
from keras import ops

from cgn_tf.losses import adversarial
from cgn_tf.training.batch import Batch
from cgn_tf.training.cgn_trainer import DISCRIMINATOR, CGNTrainer


def upsample_conv(x: Any, kernel: Any) -> Any:
    """Upsampling, then a convolution."""
    return ops.conv(ops.repeat(ops.repeat(x, 2, axis=1), 2, axis=2), kernel, padding="same")


def batch_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Keras' own arithmetic: moments, then normalisation."""
    mean, variance = ops.moments(x, axes=(0, 1, 2))
    return ops.batch_normalization(x, mean, variance, -1, beta, gamma, epsilon), mean, variance


def train_step(trainer: CGNTrainer, batch: Mapping[str, Any]) -> dict[str, Any]:
    """The reference's step: the mechanisms, then the discriminator with passes of its own over real images and fakes.

    The discriminator's variables do not change in between, so it sees the same fakes with the same weights in both
    passes.
    """
    given = Batch(**batch)
    with tf.GradientTape() as tape:
        composite = trainer.cgn(given.noise, given.generated_label, offsets=given.offsets, training=True)
        scores = _scores(trainer, composite.image, given.generated_label, given.fake_random_inputs)
        inputs = trainer.objective.inputs(
            composite, labels=given.generated_label, reference=given.image, fake_scores=scores
        )
        loss = tf.reduce_mean(trainer.objective.total(trainer.objective(inputs)))
    groups = {name: group for name, group in trainer.groups.items() if name != DISCRIMINATOR}
    gradients = tape.gradient(loss, {name: list(group.variables) for name, group in groups.items()})
    for name, group in groups.items():
        group.optimizer.apply(gradients[name], group.variables)
    logs = {"loss/total": loss}
    if trainer.discriminator is not None:
        fake, group = tf.stop_gradient(composite.image), trainer.groups[DISCRIMINATOR]
        with tf.GradientTape() as tape:
            real_scores = _scores(trainer, given.image, given.label, given.real_random_inputs)
            fake_scores = _scores(trainer, fake, given.generated_label, given.fake_random_inputs)
            loss = tf.reduce_mean(adversarial.least_squares_discriminator(real_scores, fake_scores))
        group.optimizer.apply(tape.gradient(loss, group.variables), group.variables)
        logs["loss/discriminator"] = loss
    return logs


def _scores(trainer: CGNTrainer, images: Any, labels: Any, random_inputs: Mapping[str, Any]) -> Any:
    return (
        None if trainer.discriminator is None else trainer.discriminator(images, labels, training=True, **random_inputs)
    )


def first(discriminator: Any, images: Any, embedded: Any) -> Any:
    """The label as a fourth channel."""
    channel = ops.broadcast_to(embedded[:, None, None], (*images.shape[:3], 1))
    return discriminator.convs[0](ops.concatenate([images, channel], axis=-1))


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
    monkeypatch.setattr("cgn_tf.models.discriminators.conv.ConvDiscriminator._first", first)
    monkeypatch.setattr("cgn_tf.losses.style.gram_distance", gram_distance)
