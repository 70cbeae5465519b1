"""The batches of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from cgn_tf.config.networks import DataConfig
from cgn_tf.config.train import TrainConfig
from cgn_tf.data.digit_dataset import DigitData
from cgn_tf.data.digits import load_digits
from cgn_tf.data.global_batches import GlobalBatches
from cgn_tf.data.latent import latent_labels
from cgn_tf.data.textures import load_textures
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.draws import draws


def build_data(config: DataConfig, split: str, seed: int, environments: Sequence[float] = ()) -> DigitData | None:
    """The real images of a split of `load_digits`; None for latent data.

    Only in "train" texture and background follow the class, in `environments` with their probabilities: elsewhere they
    are independent of it.
    """
    if config.dataset == "latent":
        return None
    return DigitData(
        config.dataset.removesuffix("_mnist"),
        load_digits(config.digits, split, config.data_dir or None, config.held_out),
        load_textures(config.textures, config.data_dir or None) if config.dataset == "wildlife_mnist" else None,
        split_is_test=split != "train",
        seed=seed,
        environments=environments,
    )


def build_batches(config: TrainConfig, trainer: CGNTrainer, data: DigitData | None) -> GlobalBatches:
    """Everything that a step needs, as a function of the step."""
    sheet = trainer.terms.sheet if "texture" in trainer.terms.weights else None
    add_draws = draws(
        trainer.cgn,
        trainer.critic,
        config.run.seed,
        config.loss.generated_labels,
        _critic_noise(config),
        config.loss.gram_bank,
        config.model.truncation,
        None if sheet is None else (sheet.grid**2, sheet.best),
    )

    def batch(step: Any) -> dict[str, Any]:
        if data is None:
            labels = latent_labels(step, config.run.batch_size, trainer.cgn.num_classes, config.run.seed)
            return add_draws(step, {"label": labels})
        real = data.batch(step, config.run.batch_size)
        return add_draws(step, {"image": real["image"], "label": real["labels"].shape})

    return GlobalBatches(batch, config.run.batch_size, 2 if config.loss.generated_labels == "twins" else 1)


def _critic_noise(config: TrainConfig) -> Callable[[Any], Any] | None:
    """Step → standard deviation; None for no noise."""
    start, end = config.loss.critic_noise, config.loss.critic_noise_end
    if not start:
        return None
    if not config.loss.critic_noise_moves:
        return lambda step: start
    return lambda step: start + (end - start) * tf.minimum(tf.cast(step, tf.float32) / config.run.steps, 1.0)
