"""Classifiers with their figures, and those that differ in the seed alone taken together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import keras
import numpy as np

from cgn_tf.datasets.contract import ImageDataset
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.accuracy import predictions
from cgn_tf.evaluation.classifier_metrics import ClassifierMetrics
from cgn_tf.evaluation.factor_confusion import FactorConfusion, factor_confusion
from cgn_tf.evaluation.interval import Interval, mean_interval
from cgn_tf.types import Triplet

_BATCH = 1_000


class ClassifierEvaluation(NamedTuple):
    """One classifier.

    Attributes:
        directory: work directory of its training.
        metrics: the figures that its training left.
        accuracy: split → percent.
        accuracy_by_class: split → percent of the images of each class; None where there are none.
        confusion: predictions against labels on one of the splits, factor by factor.
    """

    directory: str
    metrics: ClassifierMetrics
    accuracy: Mapping[str, float]
    accuracy_by_class: Mapping[str, Sequence[float | None]]
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
    confused_on: str,
) -> ClassifierEvaluation:
    """Measures one classifier.

    Args:
        directory: work directory of its training.
        metrics: the figures that its training left.
        model: images float32 [B, S, S, 3] in [-1, 1] → logits [B, K].
        splits: by name.
        labels: of each split, as `ordered_labels` gives them.
        confused_on: the split on which predictions are held against the labels of all factors.
    """
    found = {name: predictions(model, data) for name, data in splits.items()}
    accuracy = {name: float((classes == labels[name].shape).mean() * 100) for name, classes in found.items()}
    num_classes = splits[confused_on].num_classes
    by_class = {
        name: _by_class(classes == labels[name].shape, labels[name].shape, num_classes)
        for name, classes in found.items()
    }
    confusion = factor_confusion(found[confused_on], labels[confused_on], num_classes)
    return ClassifierEvaluation(directory, metrics, accuracy, by_class, confusion)


def evaluate_classifiers(
    judged: Sequence[tuple[str, ClassifierMetrics, keras.Model]], splits: Mapping[str, ImageDataset], confused_on: str
) -> list[SeedGroup]:
    """Measures all classifiers, and prints the accuracy of each as soon as it is known.

    Args:
        judged: directory, metrics and model of each.
        splits: by name, "test" and `confused_on` among them.
        confused_on: see `evaluate_classifier`.
    """
    labels = {name: ordered_labels(data) for name, data in splits.items()}
    evaluations: list[ClassifierEvaluation] = []
    for directory, metrics, model in judged:
        evaluations.append(evaluate_classifier(directory, metrics, model, splits, labels, confused_on))
        print(f"{directory}: {evaluations[-1].accuracy['test']:.2f} % of the test split", flush=True)
    return grouped(evaluations)


def _by_class(hits: np.ndarray, labels: np.ndarray, num_classes: int) -> list[float | None]:
    found = [hits[labels == label] for label in range(num_classes)]
    return [float(one.mean() * 100) if len(one) else None for one in found]


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
