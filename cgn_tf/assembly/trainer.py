"""The trainer of a CGN: networks, losses and optimizers, ready for the first step."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cgn_tf.assembly.networks import Networks, build_discriminator, build_networks
from cgn_tf.assembly.objective import build_objective, discriminator_loss
from cgn_tf.assembly.optimizers import build_optimizer
from cgn_tf.assembly.resources import FeatureOptions
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.datasets.contract import Dataset
from cgn_tf.datasets.latent import LatentDataset
from cgn_tf.errors import ConfigError
from cgn_tf.random_streams import draw_noise
from cgn_tf.training.cgn_trainer import DISCRIMINATOR, CGNTrainer
from cgn_tf.training.loss_scale import LossScale
from cgn_tf.training.step_settings import StepSettings
from cgn_tf.types import Triplet

_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
_CALIBRATION_IMAGES = 16


def build_trainer(config: TrainConfig, data: Dataset | None = None) -> CGNTrainer:
    """The trainer of a configuration; call it in the scope of the strategy.

    Args:
        config: of the training.
        data: its "train" split; None: a data set of labels alone.

    Raises:
        CommandError: weights cannot be had or do not fit.
        ConfigError: parts that do not go together.
    """
    keras.config.set_dtype_policy(_POLICIES[config.distribution.mixed_precision])
    seed = config.run.seed
    networks = build_networks(config)
    cgn = networks.cgn
    for factor, mechanism in zip(Triplet._fields, cgn.mechanisms, strict=True):
        mechanism.trainable = factor not in config.optimizer.freeze
        mechanism.recomputes = config.distribution.gradient_checkpointing and mechanism.can_recompute
    discriminator = build_discriminator(config.model, seed, cgn)
    names = [*Triplet._fields, *([] if discriminator is None else [DISCRIMINATOR])]
    optimizers = {name: build_optimizer(config.optimizer, name, config.run.steps) for name in names}
    images: Any = data if data is not None and data.image_size is not None else None
    objective = build_objective(
        config.loss,
        config.resources.of(FeatureOptions),
        seed=seed,
        saliency=networks.saliency,
        images=lambda: _reference_images(config, networks, images),
        data=images,
    )
    settings = StepSettings(
        batch_size=config.run.batch_size,
        embedding_owner=config.optimizer.embedding_owner,
        ema_decay=config.optimizer.ema_decay,
        micro_batches=config.distribution.micro_batches,
        truncation=config.model.truncation,
        freeze_batch_norm_after=config.optimizer.freeze_batch_norm_after,
    )
    try:
        trainer = CGNTrainer(
            cgn,
            objective,
            optimizers,
            settings=settings,
            discriminator=discriminator,
            discriminator_loss=discriminator_loss(config.loss, objective),
            reference=networks.reference,
            loss_scale=LossScale() if config.distribution.mixed_precision == "float16" else None,
            dataset=images,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error
    trainer.steps_per_execution = config.distribution.steps_per_execution
    trainer.jit_compile = config.distribution.jit
    return trainer


def _reference_images(config: TrainConfig, networks: Networks, data: Dataset | None) -> Any:
    """Some images that the run compares with, the same ones whenever it goes on."""
    first = tf.constant(0, tf.int64)
    if data is not None:
        return data.batch(first, _CALIBRATION_IMAGES).image
    if networks.reference is None:
        raise ValueError("expected a reference generator for features of a data set without images.")
    cgn, seed = networks.cgn, config.run.seed
    labels = LatentDataset(cgn.num_classes, seed).batch(first, _CALIBRATION_IMAGES).labels.shape
    noise = draw_noise(cgn.noise_distribution, (_CALIBRATION_IMAGES, cgn.noise_dim), [seed, 0])
    images = [networks.reference(noise[i : i + 1], labels[i : i + 1]) for i in range(_CALIBRATION_IMAGES)]
    return tf.concat(images, axis=0)
