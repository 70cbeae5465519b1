"""What a trained classifier of digits came to: metrics.json in its work directory."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from cgn_tf.errors import CommandError
from cgn_tf.files.json_file import read_record, write_json

METRICS_FILE = "metrics.json"


@dataclass(frozen=True, kw_only=True)
class ClassifierFigures:
    """The figures of one classifier, and of which run they are.

    Attributes:
        variant: data set, for example "colored_mnist".
        method: where the training images came from, for example "cgn" or "plain".
        seed: integer seed of all random draws.
        steps: the number of steps of training.
        train_accuracy: percent, on the training images; None where it was not measured.
        validation_accuracy: percent, on held-out training images; None where none were held out.
        test_accuracy: percent, on the reference's test split, the last 10,000 of MNIST's training images.
        official_test_accuracy: percent, on MNIST's own test split; None where the source has none.
        configuration_hash: SHA-256 of the resolved configuration.

    Raises:
        ValueError: a percentage outside [0, 100], a negative number, or an empty text.
    """

    variant: str
    method: str
    seed: int
    steps: int
    train_accuracy: float | None
    validation_accuracy: float | None
    test_accuracy: float
    official_test_accuracy: float | None
    configuration_hash: str

    def __post_init__(self) -> None:
        for name in ("test_accuracy", "official_test_accuracy", "train_accuracy", "validation_accuracy"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 100:
                raise ValueError(f"{name}: expected percent, 0 to 100, got {value}.")
        for name in ("seed", "steps"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: expected at least 0, got {getattr(self, name)}.")
        check_line("configuration_hash", self.configuration_hash)


@dataclass(frozen=True, kw_only=True)
class ClassifierMetrics(ClassifierFigures):
    """What metrics.json holds.

    Attributes:
        training_images: the number of different images that the classifier learned from.
        label: the factor whose label it learned.
        official_test_missing: why there is no accuracy on MNIST's own test split; None where there is one.
        seconds: how long the training took; None where it is not known.
    """

    training_images: int
    label: str = "shape"
    official_test_missing: str | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.training_images < 1:
            raise ValueError(f"training_images: expected at least 1, got {self.training_images}.")


def check_line(name: str, text: str) -> None:
    """Holds a text to be one line; ValueError names it otherwise."""
    if not text.strip() or "\n" in text:
        raise ValueError(f"{name}: expected one line of text, got {text!r}.")


def write_metrics(directory: Path, metrics: ClassifierMetrics) -> None:
    """Writes metrics.json into a classifier's work directory, whole or not at all.

    Raises:
        CommandError: the disk refuses.
    """
    path = directory / METRICS_FILE
    try:
        write_json(path, dataclasses.asdict(metrics))
    except OSError as error:
        raise CommandError(
            f"{path}: cannot be written ({error.strerror or error}); check space and permissions, and give the same "
            "command again: the trained weights are saved."
        ) from error


def read_metrics(directory: str | Path, variant: str) -> ClassifierMetrics:
    """Reads metrics.json of a classifier's work directory; it may hold more than `ClassifierMetrics`.

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
            f"{directory}: expected a classifier of {variant}, got one of {metrics.variant}; set `dataset` to the "
            "variant of all classifiers."
        )
    if metrics.label != "shape":
        raise CommandError(f"{directory}: expected a classifier of shapes, got one of the label {metrics.label}.")
    return metrics
