"""What the training of a classifier left of its run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.json_record import read_record

METRICS_FILE = "metrics.json"


@dataclass(frozen=True)
class ClassifierMetrics:
    """How a classifier was trained, and the accuracies that its run measured.

    Attributes:
        variant: data set, for example "colored_mnist".
        method: where its training images came from, for example "cgn" or "plain".
        seed: of the run.
        steps: of training.
        training_images: number of different images that it learned from.
        train_accuracy: percent, as the next three; None where the run did not measure it.
        validation_accuracy: on the held-out training images.
        test_accuracy: on the reference's test split.
        official_test_accuracy: on MNIST's own.
        label: the factor whose label it learned.
    """

    variant: str
    method: str
    seed: int
    steps: int
    training_images: int
    train_accuracy: float | None
    validation_accuracy: float | None
    test_accuracy: float | None
    official_test_accuracy: float | None
    label: str = "shape"

    def __post_init__(self) -> None:
        if self.training_images < 1:
            raise ValueError(f"training_images: expected at least 1, got {self.training_images}.")


def read_metrics(directory: str, variant: str) -> ClassifierMetrics:
    """Reads `metrics.json` of a classifier's work directory; it may hold more than this.

    Raises:
        CommandError: no such file, which a run writes at its end; another content; or a classifier of another variant,
            or of another factor than the shape.
    """
    path = Path(directory) / METRICS_FILE
    if not path.is_file():
        raise CommandError(f"{directory}: expected a finished run of a classifier, got none with {METRICS_FILE}.")
    metrics = read_record(path, ClassifierMetrics, others=True)
    if metrics.variant != variant:
        raise CommandError(
            f"{directory}: expected a classifier of {variant}, got one of {metrics.variant}; set --dataset to the "
            "variant of all classifiers."
        )
    if metrics.label != "shape":
        raise CommandError(f"{directory}: expected a classifier of shapes, got one of the label {metrics.label}.")
    return metrics
