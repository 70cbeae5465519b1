"""The classifier of a run: training images, trainer, and the data that it is tested on."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from cgn_tf.assembly.classifier_config import ClassifierOptimizerConfig, TrainClassifierConfig
from cgn_tf.datasets.classifier_batches import ClassifierBatches, Part
from cgn_tf.datasets.random_affine import RandomAffine
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.datasets.trained_on import TrainedOn, refuse_other_dataset
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.generation.counterfactual_images import CounterfactualFiles
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.random_streams import seed_keras
from cgn_tf.training.classifier_trainer import ClassifierTrainer
from cgn_tf.training.linear_decay import LinearDecay
from cgn_tf.training.training_batches import TrainingBatches


class TrainingImages(NamedTuple):
    """What a classifier learns from.

    Attributes:
        batches: of a step.
        origins: of each directory of counterfactuals, what its images are made of.
    """

    batches: ClassifierBatches
    origins: list[dict[str, Any]]


def build_training_images(
    config: TrainClassifierConfig, progress: Callable[[int], AbstractContextManager[Any]] | None = None
) -> TrainingImages:
    """Loads the images of the data set and reads the counterfactuals.

    Args:
        config: which ones.
        progress: opens, for the number of images to read, an object whose `advance` is told how many more are there.

    Raises:
        CommandError: data that cannot be had, or counterfactuals of a CGN that was trained on another data set.
    """
    parts, origins = [], []
    num_classes, image_size = _sizes(config)
    if config.num_original:
        original = config.data.open("train", config.run.seed, environments=config.training.environments)
        parts.append(Part(original, config.num_original))
    if config.num_original < config.run.batch_size:
        own = TrainedOn.of(config.data)
        files = CounterfactualFiles(config.training.counterfactuals, image_size=image_size, num_classes=num_classes)
        for directory, dataset in zip(files.directories, files.trained_on, strict=True):
            refuse_other_dataset(directory, "counterfactuals of a CGN", dataset, own)
        limit = config.training.num_counterfactuals
        with progress(limit or len(files)) if progress else nullcontext() as shown:
            images, labels = files.read(limit, shown and shown.advance)
        stored = StoredImages(images, labels, config.run.seed, num_classes)
        parts.append(Part(stored, config.run.batch_size - config.num_original))
        origins = files.origins
    strength = config.training.affine
    warp = RandomAffine(strength, config.run.seed) if strength else None
    return TrainingImages(ClassifierBatches(parts, config.training.label, warp), origins)


def resolved(config: TrainClassifierConfig, images: TrainingImages) -> TrainClassifierConfig:
    """With numbers for what is 0: steps, steps of an epoch, learning rate and number of counterfactuals.

    Raises:
        ConfigError: the run is shorter than its schedule.
    """
    batches = images.batches
    epoch = math.ceil(len(batches) / batches.batch_size)
    steps = config.run.steps or math.ceil(config.run.epochs * len(batches) / batches.batch_size)
    config.check_length(steps)
    optimizer = replace(config.optimizer, lr=config.optimizer.rate)
    if optimizer.optimizer == "adadelta":
        optimizer = replace(optimizer, lr_decay_every=optimizer.lr_decay_every or epoch)
    training = config.training
    if images.origins:
        training = replace(training, num_counterfactuals=len(batches.parts[-1].source))
    return replace(config, training=training, optimizer=optimizer, run=replace(config.run, steps=steps))


def build_classifier_trainer(config: TrainClassifierConfig) -> ClassifierTrainer:
    """Of a resolved configuration; call it in the scope of the strategy."""
    seed_keras(config.run.seed)
    classifier = DigitClassifier(*_sizes(config))
    classifier.build()
    return ClassifierTrainer(
        classifier,
        build_classifier_optimizer(config.optimizer, config.run.steps),
        batch_size=config.run.batch_size,
        environments=len(config.training.environments) if config.optimizer.irm_weight else 0,
        irm_weight=config.optimizer.irm_weight,
        irm_anneal_steps=config.optimizer.irm_anneal_steps,
    )


def build_classifier_training(
    config: TrainClassifierConfig, images: TrainingImages, strategy: tf.distribute.Strategy | None = None
) -> tuple[ClassifierTrainer, TrainingBatches]:
    """The trainer of a resolved configuration, and the batches of its steps.

    Args:
        config: resolved.
        images: what it learns from.
        strategy: its devices; None: the default, one device.
    """
    with (strategy or tf.distribute.get_strategy()).scope():
        trainer = build_classifier_trainer(config)
    trainer.steps_per_execution = config.distribution.steps_per_execution
    trainer.jit_compile = config.distribution.jit
    size = config.run.batch_size
    return trainer, TrainingBatches(
        images.batches.batch,
        size,
        steps=config.run.steps,
        steps_per_epoch=math.ceil(len(images.batches) / size),
        has_end=config.optimizer.lr_linear_steps > 0,
    )


def check_classifier_data(config: TrainClassifierConfig) -> None:
    """Holds the data to have what a training and its test need, as far as that is known without reading images.

    Raises:
        ConfigError: data without images or without classes of their own.
        CommandError: one class alone, no image to test on, or data that cannot be had.
    """
    _sizes(config)
    config.data.check_split("test")


def _sizes(config: TrainClassifierConfig) -> tuple[int, int]:
    """Number of classes, at least two, and height and width of the images in pixels."""
    info = config.data.info
    if info.num_classes is None or info.image_size is None:
        raise ConfigError(f"`dataset={config.data.dataset}`: expected a data set with images and classes of its own.")
    if info.num_classes < 2:
        raise CommandError(f"`dataset={config.data.dataset}`: expected at least two classes to tell apart, got one.")
    return info.num_classes, info.image_size


def build_classifier_optimizer(config: ClassifierOptimizerConfig, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of a resolved configuration for a run of `steps`."""
    rate: Any = config.rate
    if config.optimizer == "adadelta":
        schedule = keras.optimizers.schedules.ExponentialDecay(
            rate, config.lr_decay_every, config.lr_decay, staircase=True
        )
        return keras.optimizers.Adadelta(schedule, rho=0.9, epsilon=1e-6, name="adadelta")
    if config.lr_linear_steps:
        rate = LinearDecay(rate, steps - config.lr_linear_steps, steps, config.lr_warmup_steps)
    return keras.optimizers.Adam(rate, name="adam")
