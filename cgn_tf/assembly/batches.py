"""The batches of a training: everything that a step needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cgn_tf.assembly.objective import patch_indices, style_references
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.datasets.contract import Dataset
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.step_randomness import StepRandomness
from cgn_tf.training.training_batches import TrainingBatches


def build_batches(config: TrainConfig, trainer: CGNTrainer, data: Dataset) -> TrainingBatches:
    """Everything that a step needs, as a function of the step."""
    randomness = StepRandomness(
        cgn=trainer.cgn,
        seed=config.run.seed,
        discriminator=trainer.discriminator,
        generated_labels=config.loss.generated_labels,
        instance_noise=_instance_noise(config),
        style_references=style_references(config.loss),
        patch_indices=patch_indices(config.loss),
    )

    def batch(step: Any) -> dict[str, Any]:
        real = data.batch(step, config.run.batch_size)
        return randomness(step, real.labels.shape, real.image)

    return TrainingBatches(
        batch,
        config.run.batch_size,
        2 if config.loss.generated_labels == "paired_noise" else 1,
        steps=config.run.steps,
        # a pass over labels alone has no end
        steps_per_epoch=math.ceil(len(data) / config.run.batch_size) or config.run.sample_grid_every,
        has_end=config.has_schedule,
    )


def _instance_noise(config: TrainConfig) -> Callable[[Any], Any] | None:
    """Step → standard deviation; None for no noise."""
    start, end = config.loss.instance_noise, config.loss.instance_noise_end
    if not start:
        return None
    if not config.loss.instance_noise_moves:
        return lambda step: start
    return lambda step: start + (end - start) * tf.minimum(tf.cast(step, tf.float32) / config.run.steps, 1.0)
