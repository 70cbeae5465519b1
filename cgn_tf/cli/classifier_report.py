"""The figures that a trained classifier is judged by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from cgn_tf.build.data import build_data
from cgn_tf.config.train_classifier import PLACES, REPORTING, TrainClassifierConfig
from cgn_tf.data.classifier_batches import ClassifierBatches
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.accuracy import correct, percent

METRICS_FILE = "metrics.json"
TRAIN_IMAGES = 10_000
"""Images at most on which the training accuracy is measured."""
TEST_SEED = 0
"""Of the factors and the appearance of test images: all runs see the same ones."""


class Trained(NamedTuple):
    """How long a classifier was trained: steps, and seconds where these are known."""

    steps: int
    seconds: float | None


def classifier_report(
    model: keras.Model,
    config: TrainClassifierConfig,
    described: Mapping[str, Any],
    training: ClassifierBatches,
    trained: Trained,
) -> dict[str, Any]:
    """Accuracies in percent, and of which run they are.

    Args:
        model: in inference mode.
        config: of the run, resolved.
        described: the same as a dictionary, with what the counterfactuals are made of.
        training: what it was trained on.
        trained: how long.
    """
    factor = config.training.label

    def on(split: str) -> float:
        data = build_data(config.data, split, TEST_SEED)
        if data is None:
            raise ValueError(f"dataset: expected a variant of the digits, got {config.data.dataset}.")
        return percent(correct(model, data, factor))

    official, missing = None, None
    try:
        official = on("official_test")
    except CommandError as error:  # which does not spoil the other figures
        missing = str(error)
    return {
        "variant": config.data.dataset,
        "method": method_of(config),
        "label": factor,
        "seed": config.run.seed,
        "steps": trained.steps,
        "training_images": len(training),
        "train_accuracy": _train_accuracy(model, training, factor),
        "validation_accuracy": on("validation") if config.data.held_out else None,
        "test_accuracy": on("test"),
        "official_test_accuracy": official,
        "official_test_missing": missing,
        "configuration_hash": configuration_hash(described),
        "seconds": trained.seconds,
    }


def method_of(config: TrainClassifierConfig) -> str:
    """The name that was given, or one by the training images."""
    if config.training.method:
        return config.training.method
    if config.training.training_data == "original":
        return "irm" if config.optimizer.irm_weight else "plain"
    return config.training.training_data


def configuration_hash(described: Mapping[str, Any]) -> str:
    """SHA-256 of a resolved configuration, without reporting options, and of paths the names alone."""
    return hashlib.sha256(json.dumps(_identity(described), sort_keys=True).encode()).hexdigest()


def _identity(values: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            kept[name] = _identity(value)
        elif name not in REPORTING and name != "data_dir":
            kept[name] = Path(value).name if name in PLACES else value
    return kept


def _train_accuracy(model: keras.Model, training: ClassifierBatches, factor: str) -> float:
    """On the first images of each source, as many as its share of a batch says."""
    hits = [
        correct(model, part.source, factor, max(1, TRAIN_IMAGES * part.per_batch // training.batch_size))
        for part in training.parts
    ]
    return percent(np.concatenate(hits))
