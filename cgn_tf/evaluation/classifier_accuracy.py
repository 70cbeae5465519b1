"""How often a trained classifier is right on each split."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from typing import NamedTuple

import keras
import numpy as np

from cgn_tf.datasets.classifier_batches import ClassifierBatches
from cgn_tf.datasets.contract import ImageDataset, MissingSplitError
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.accuracy import correct, percent

TRAIN_IMAGES = 10_000
"""Images at most on which the training accuracy is measured."""


class SplitAccuracies(NamedTuple):
    """Accuracies in percent; None for what was not measured.

    Attributes:
        train: on the training images, or on the first 10,000 of them.
        validation: on the held-out training images.
        test: on the reference's test split.
        official_test: on MNIST's own.
        official_test_missing: why there is no accuracy on MNIST's own; None where there is one, or never was.
    """

    train: float
    validation: float | None
    test: float
    official_test: float | None
    official_test_missing: str | None


def split_accuracies(
    model: keras.Model,
    training: ClassifierBatches,
    open_split: Callable[[str], ImageDataset],
    *,
    factor: str,
    splits: Collection[str],
) -> SplitAccuracies:
    """Measures a classifier.

    Args:
        model: images float32 [B, S, S, 3] in [-1, 1] → logits [B, K].
        training: what it was trained on.
        open_split: name of a split ("validation", "test", "official_test") → its images.
        factor: "shape", "texture" or "background", whose label counts.
        splits: those that are measured where the source has them, besides "test".
    """

    def on(split: str) -> float:
        return percent(correct(model, open_split(split), factor))

    validation, official, missing = None, None, None
    if "validation" in splits:
        with contextlib.suppress(MissingSplitError):
            validation = on("validation")
    if "official_test" in splits:
        try:
            official = on("official_test")
        except CommandError as error:  # which does not spoil the other figures
            missing = str(error)
    return SplitAccuracies(
        train=_train_accuracy(model, training, factor),
        validation=validation,
        test=on("test"),
        official_test=official,
        official_test_missing=missing,
    )


def _train_accuracy(model: keras.Model, training: ClassifierBatches, factor: str) -> float:
    """On the first images of each source, as many as its share of a batch says."""
    hits = [
        correct(model, part.source, factor, max(1, TRAIN_IMAGES * part.per_batch // training.batch_size))
        for part in training.parts
    ]
    return percent(np.concatenate(hits))
