"""The figures that a trained classifier is judged by, from its configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras

from cgn_tf.assembly.classifier_config import PLACES, REPORTING, TrainClassifierConfig
from cgn_tf.datasets.classifier_batches import ClassifierBatches
from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.digits.options import DigitOptions
from cgn_tf.evaluation.classifier_accuracy import split_accuracies
from cgn_tf.evaluation.classifier_metrics import ClassifierMetrics
from cgn_tf.files.contents import CONTENTS

TEST_SEED = 0
"""Seed of the factors and the appearance of test images: all runs see the same ones."""


_NO_IDENTITY = REPORTING | {"data_dir", CONTENTS}


class Trained(NamedTuple):
    """How long a classifier was trained: steps, and seconds where these are known."""

    steps: int
    seconds: float | None


def classifier_metrics(
    model: keras.Model,
    config: TrainClassifierConfig,
    described: Mapping[str, Any],
    training: ClassifierBatches,
    trained: Trained,
) -> ClassifierMetrics:
    """Measures a classifier, and says of which run the figures are.

    Args:
        model: in inference mode.
        config: the resolved configuration.
        described: the same as a dictionary, with what the counterfactuals are made of.
        training: what it was trained on.
        trained: how long.
    """
    factor = config.training.label
    accuracy = split_accuracies(
        model,
        training,
        lambda split: config.data.open(split, TEST_SEED),
        factor=factor,
        splits=_measured(config.data),
    )
    return ClassifierMetrics(
        variant=config.data.dataset,
        method=method_of(config),
        label=factor,
        seed=config.run.seed,
        steps=trained.steps,
        training_images=len(training),
        train_accuracy=accuracy.train,
        validation_accuracy=accuracy.validation,
        test_accuracy=accuracy.test,
        official_test_accuracy=accuracy.official_test,
        official_test_missing=accuracy.official_test_missing,
        configuration_hash=configuration_hash(described),
        seconds=trained.seconds,
    )


def _measured(data: DataConfig) -> set[str]:
    """The splits of the data set; of digits that of validation alone where some are held out."""
    held_out = not isinstance(data.options, DigitOptions) or data.options.validation_size > 0
    return {split for split in data.part.splits if held_out or split != "validation"}


def method_of(config: TrainClassifierConfig) -> str:
    """The name that was given, or one by the training images."""
    if config.training.method:
        return config.training.method
    if config.training.training_data == "original":
        return "irm" if config.optimizer.irm_weight else "plain"
    return config.training.training_data


def configuration_hash(described: Mapping[str, Any]) -> str:
    """SHA-256 of a resolved configuration, without reporting options, and of files and directories the names alone."""
    return hashlib.sha256(json.dumps(_identity(described), sort_keys=True).encode()).hexdigest()


def _identity(values: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name in _NO_IDENTITY:
            continue
        if isinstance(value, Mapping):
            kept[name] = _identity(value)
        else:
            kept[name] = Path(value).name if name in PLACES else value
    return kept
