"""The results that are kept: one file a run, results/<data set>/<method>/<seed>.json."""

from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cgn_tf.datasets.digits.names import VARIANTS
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.classifier_metrics import ClassifierFigures, check_line
from cgn_tf.evaluation.interval import Interval, mean_interval
from cgn_tf.experiments.methods import METHODS
from cgn_tf.files.json_file import read_record, write_json_output


@dataclass(frozen=True, kw_only=True)
class Result(ClassifierFigures):
    """What one classifier came to, and how it is made again.

    Attributes:
        command: the command that makes it again.
        minutes: how long the whole pipeline took.

    Raises:
        ValueError: as for `ClassifierFigures`, and for an unknown data set or method.
    """

    command: str
    minutes: float

    def __post_init__(self) -> None:
        if self.variant not in DATASETS or not DATASETS[self.variant].has_images:
            raise ValueError(f"variant: expected the name of a data set with images, got {self.variant!r}.")
        if self.method not in METHODS:
            raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {self.method!r}.")
        super().__post_init__()
        if not self.minutes >= 0:
            raise ValueError(f"minutes: expected at least 0, got {self.minutes}.")
        check_line("command", self.command)

    def path(self, directory: Path) -> Path:
        """Its file below `directory`."""
        return result_path(directory, self.variant, self.method, self.seed)


def result_path(directory: Path, variant: str, method: str, seed: int) -> Path:
    """The file of a result below `directory`."""
    return directory / dataset_folder(variant) / method / f"{seed}.json"


def dataset_folder(dataset: str) -> str:
    """The name of a data set as that of a directory: "tfds_cifar10" for tfds:cifar10."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", dataset)


def write_result(directory: Path, result: Result) -> Path:
    """Writes a result to its place, whole or not at all, over what is there; returns the path.

    Raises:
        CommandError: the folder or the file cannot be written.
    """
    path = result.path(directory)
    write_json_output(path, dataclasses.asdict(result))
    return path


def read_result(path: Path) -> Result:
    """Reads one file.

    Raises:
        CommandError: it cannot be read, or does not hold exactly one `Result`.
    """
    return read_record(path, Result)


def read_results(directory: Path) -> list[Result]:
    """Reads all results, by variant and method in the order of `VARIANTS` and `METHODS`, then by seed.

    Those of other data sets, which no table shows, come last.

    Raises:
        CommandError: no directory, no results, a folder that cannot be read, a file that holds no result, or one that
            belongs elsewhere.
    """
    walked = os.walk(directory, onerror=_refuse)  # which, other than rglob, does not pass over what it may not read
    paths = sorted(Path(folder) / name for folder, _, names in walked for name in names if _is_result(name))
    if not paths:
        raise CommandError(f"{directory}: expected results/<variant>/<method>/<seed>.json, got none.")
    results = []
    for path in paths:
        result = read_result(path)
        if result.path(directory) != path:
            raise CommandError(f"{path}: expected at {result.path(directory)}, as its content says; move it.")
        results.append(result)
    order = {variant: place for place, variant in enumerate(VARIANTS)}
    return sorted(
        results,
        key=lambda one: (order.get(one.variant, len(order)), one.variant, METHODS.index(one.method), one.seed),
    )


def _is_result(name: str) -> bool:
    return name.endswith(".json") and not name.startswith(".")


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise CommandError(f"{error.filename}: cannot be read ({error.strerror}).") from error


def runs_of(results: list[Result], variant: str, method: str) -> list[Result]:
    """Those of one variant and method, in their order."""
    return [one for one in results if (one.variant, one.method) == (variant, method)]


def interval_of(results: list[Result], name: str) -> Interval | None:
    """The mean of the field `name` over the results that have it, with its 95 % interval; None where none has."""
    values = [value for one in results if (value := getattr(one, name)) is not None]
    return mean_interval(values) if values else None
