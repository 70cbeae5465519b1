"""Classifiers with their figures, and those that differ in the seed alone taken together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import keras
import numpy as np

from cgn_tf.datasets.contract import ImageDataset
from cgn_tf.datasets.digits.sources import NUM_CLASSES
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.accuracy import predictions
from cgn_tf.evaluation.classifier_metrics import ClassifierMetrics
from cgn_tf.evaluation.factor_confusion import FactorConfusion, factor_confusion
from cgn_tf.evaluation.interval import Interval, mean_interval
from cgn_tf.types import Triplet

CONFUSED_ON = "test"
"""The split on which predictions are held against all three labels, which are independent there."""
_BATCH = 1_000


class ClassifierEvaluation(NamedTuple):
    """One classifier.

    Attributes:
        directory: work directory of its training.
        metrics: the figures that its training left.
        accuracy: split → percent.
        confusion: predictions against labels on the split `CONFUSED_ON`, factor by factor.
    """

    directory: str
    metrics: ClassifierMetrics
    accuracy: Mapping[str, float]
    confusion: Triplet[FactorConfusion]


class SeedGroup(NamedTuple):
    """Classifiers of one method and number of training images, with different seeds."""

    method: str
    training_images: int
    members: tuple[ClassifierEvaluation, ...]

    @property
    def title(self) -> str:
        """For example "cgn, 100,000 images"."""
        return f"{self.method}, {self.training_images:,} images"

    def accuracy(self, split: str) -> Interval | None:
        """Percent; None where the split was not measured."""
        values = [member.accuracy[split] for member in self.members if split in member.accuracy]
        return mean_interval(values) if values else None

    def agreement(self) -> Triplet[Interval]:
        """Percent of the predictions that equal each factor's label."""
        factors = zip(*(member.confusion for member in self.members), strict=True)
        return Triplet(*(mean_interval([one.agreement for one in factor]) for factor in factors))

    def matrices(self) -> Triplet[np.ndarray]:
        """The members' confusions added up, int64 [classes, classes] each."""
        factors = zip(*(member.confusion for member in self.members), strict=True)
        return Triplet(*(np.sum([one.matrix for one in factor], axis=0) for factor in factors))


def evaluate_classifier(
    directory: str,
    metrics: ClassifierMetrics,
    model: keras.Model,
    splits: Mapping[str, ImageDataset],
    labels: Mapping[str, Triplet[np.ndarray]],
) -> ClassifierEvaluation:
    """Measures one classifier.

    Args:
        directory: work directory of its training.
        metrics: the figures that its training left.
        model: images float32 [B, 32, 32, 3] in [-1, 1] → logits [B, 10].
        splits: by name, `CONFUSED_ON` among them.
        labels: of each split, as `ordered_labels` gives them.
    """
    found = {name: predictions(model, data) for name, data in splits.items()}
    accuracy = {name: float((classes == labels[name].shape).mean() * 100) for name, classes in found.items()}
    confusion = factor_confusion(found[CONFUSED_ON], labels[CONFUSED_ON], NUM_CLASSES)
    return ClassifierEvaluation(directory, metrics, accuracy, confusion)


def ordered_labels(data: ImageDataset) -> Triplet[np.ndarray]:
    """The labels of every image in the order of the split, int32 [N] each."""
    batches = [batch.labels for batch in data.ordered(_BATCH).as_numpy_iterator()]
    return Triplet(*(np.concatenate(parts) for parts in zip(*batches, strict=True)))


def check_seeds(found: Sequence[tuple[str, ClassifierMetrics]]) -> None:
    """Holds classifiers of one method and number of images to different seeds, without which an interval means nothing.

    Args:
        found: directory and metrics of each.

    Raises:
        CommandError: two are the same but for their directory.
    """
    seen: dict[tuple[str, int, int], str] = {}
    for directory, metrics in found:
        key = metrics.method, metrics.training_images, metrics.seed
        if key in seen:
            raise CommandError(
                f"`classifiers`: {seen[key]} and {directory} both have method {key[0]}, {key[1]:,} training images and "
                f"seed {key[2]}; expected different seeds."
            )
        seen[key] = directory


def grouped(evaluations: Sequence[ClassifierEvaluation]) -> list[SeedGroup]:
    """By method in the order of their first appearance, then by number of images; members by seed."""
    methods = list(dict.fromkeys(one.metrics.method for one in evaluations))
    ordered = sorted(evaluations, key=lambda one: (one.metrics.training_images, one.metrics.seed))
    found: dict[tuple[int, int], list[ClassifierEvaluation]] = {}
    for one in ordered:
        found.setdefault((methods.index(one.metrics.method), one.metrics.training_images), []).append(one)
    return [SeedGroup(methods[method], images, tuple(found[method, images])) for method, images in sorted(found)]
