"""The results that are kept: one file a run, results/<variant>/<method>/<seed>.json."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from cgn_tf.durable import write_atomically
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.interval import Interval, mean_interval
from cgn_tf.evaluation.json_record import read_record

VARIANTS = ("colored_mnist", "double_colored_mnist", "wildlife_mnist")
METHODS = ("plain", "irm", "gan", "published_weights", "cgn")
"""How a classifier was trained: on the variant's own images, on these with the IRM penalty, on those of a conditional
GAN, on counterfactuals of the authors' published CGN, and on those of a CGN trained here."""


@dataclass(frozen=True)
class Result:
    """What one classifier came to.

    Attributes:
        variant: one of `VARIANTS`.
        method: one of `METHODS`.
        seed: of the whole pipeline.
        test_accuracy: percent, on the reference's test split, the last 10,000 of MNIST's training images.
        official_test_accuracy: percent, on MNIST's own test split; None where the source has none.
        train_accuracy: percent; None where it was not measured, as the next.
        validation_accuracy: percent, on the held-out training images.
        command: what makes it again.
        configuration_hash: of the classifier's configuration.
        steps: of the classifier.
        minutes: of the whole pipeline.

    Raises:
        ValueError: an unknown variant or method, a percentage outside [0, 100], a negative number, an empty text.
    """

    variant: str
    method: str
    seed: int
    test_accuracy: float
    official_test_accuracy: float | None
    train_accuracy: float | None
    validation_accuracy: float | None
    command: str
    configuration_hash: str
    steps: int
    minutes: float

    def __post_init__(self) -> None:
        for name, allowed in (("variant", VARIANTS), ("method", METHODS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: expected one of {', '.join(allowed)}, got {getattr(self, name)!r}.")
        for name in ("test_accuracy", "official_test_accuracy", "train_accuracy", "validation_accuracy"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 100:
                raise ValueError(f"{name}: expected percent, 0 to 100, got {value}.")
        for name in ("seed", "steps", "minutes"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: expected at least 0, got {getattr(self, name)}.")
        for name in ("command", "configuration_hash"):
            if not getattr(self, name).strip() or "\n" in getattr(self, name):
                raise ValueError(f"{name}: expected one line of text, got {getattr(self, name)!r}.")

    def path(self, directory: Path) -> Path:
        """Its file below `directory`."""
        return directory / self.variant / self.method / f"{self.seed}.json"


def write_result(directory: Path, result: Result) -> Path:
    """Writes a result to its place, whole or not at all, over what is there; returns the path.

    Raises:
        CommandError: the folder or the file cannot be written.
    """
    path = result.path(directory)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(dataclasses.asdict(result), indent=2, allow_nan=False) + "\n").encode())
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error.strerror}).") from error
    return path


def read_result(path: Path) -> Result:
    """Reads one file.

    Raises:
        CommandError: it cannot be read, or does not hold exactly one `Result`.
    """
    return read_record(path, Result)


def read_results(directory: Path) -> list[Result]:
    """Reads all results, by variant and method in the order of `VARIANTS` and `METHODS`, then by seed.

    Raises:
        CommandError: no directory, no results, a file that holds no result, or one that belongs elsewhere.
    """
    paths = sorted(path for path in directory.rglob("*.json") if not path.name.startswith("."))
    if not paths:
        raise CommandError(f"{directory}: expected results/<variant>/<method>/<seed>.json, got none.")
    results = []
    for path in paths:
        result = read_result(path)
        if result.path(directory) != path:
            raise CommandError(f"{path}: expected at {result.path(directory)}, as its content says; move it.")
        results.append(result)
    return sorted(results, key=lambda one: (VARIANTS.index(one.variant), METHODS.index(one.method), one.seed))


def runs_of(results: list[Result], variant: str, method: str) -> list[Result]:
    """Those of one variant and method, in their order."""
    return [one for one in results if (one.variant, one.method) == (variant, method)]


def interval_of(results: list[Result], name: str) -> Interval | None:
    """The mean of the field `name` over the results that have it, with its 95 % interval; None where none has."""
    values = [value for one in results if (value := getattr(one, name)) is not None]
    return mean_interval(values) if values else None
