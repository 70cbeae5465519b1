"""The options of the suites digits and images, and how their report is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cgn_tf.datasets.contract import ImageDataset
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.evaluation.contract import SuiteRequest
from cgn_tf.evaluation.report import Report
from cgn_tf.evaluation.report_files import check_report_files, write_classifier_report
from cgn_tf.evaluation.sample_options import (
    mask_classifier_steps_option,
    sample_seed_option,
    samples_option,
    truncation_option,
)
from cgn_tf.files.distinct import require_distinct
from cgn_tf.options.declaration import check_options, path_option
from cgn_tf.options.paths import PathUse

IMAGE_SEED = 0
"""Seed of the labels and the appearance of test images, whatever `seed` is: all reports are of the same images."""

OpenSplit = Callable[[str], ImageDataset]
"""Name of a split ("validation", "test") → its images."""


@dataclass(frozen=True)
class ReportOptions:
    """Suites digits and images: how far do classifiers, and the masks that they learned from, go by the shape?"""

    classifiers: tuple[str, ...] = path_option(
        (), "Work directories of classifiers trained on `dataset`. Required.", PathUse.READ
    )
    cgns: tuple[str, ...] = path_option(
        (),
        "Work directories of CGNs whose masks are judged; `suite=images` also tests the classifiers on their "
        "counterfactuals. Empty: none.",
        PathUse.READ,
    )
    output_dir: str = path_option(
        "", "Directory for report.json, report.md and the plots. Required.", PathUse.WRITE_DIRECTORY
    )
    samples: int = samples_option(
        "Number of images of each CGN that are judged; `suite=images` tests classifiers on as many of all together."
    )
    truncation: float = truncation_option()
    mask_classifier_steps: int = mask_classifier_steps_option()
    seed: int = sample_seed_option()

    def __post_init__(self) -> None:
        check_options(self)


def check_report_options(suite: str, request: SuiteRequest) -> None:
    """Holds the options to name at least one classifier, each directory once, and a place for the report.

    Raises:
        ConfigError: they do not.
    """
    for name, example in (("classifiers", "runs/cgn_0,runs/cgn_1"), ("output_dir", "runs/report")):
        if not getattr(request.options, name):
            raise ConfigError(f"`{name}`: expected one for `suite={suite}`, got none; for example {example}.")
    for name in ("classifiers", "cgns"):
        directories = getattr(request.options, name)
        if "" in directories:
            raise ConfigError(f"`{name}`: expected directories, got an empty name among {','.join(directories)}.")
        require_distinct(name, directories)


def check_data(suite: str, of_digits: bool, request: SuiteRequest) -> None:
    """Holds the data set to have test images, and to be of digits or of photographs, as the suite's figures are.

    Raises:
        ConfigError: it is not.
    """
    data = request.data
    if "test" not in data.part.splits:
        raise ConfigError(f"`dataset={data.dataset}`: expected a data set that has images to test on.")
    if data.part.independent_factors is not of_digits:
        wanted = "images" if of_digits else "digits"
        raise ConfigError(
            f"`suite={suite}` contradicts `dataset={data.dataset}`: set `suite={wanted}`, whose figures are true of "
            "such data."
        )


def make_report(request: SuiteRequest, judge: Callable[[SuiteRequest, OpenSplit], Report]) -> None:
    """Judges classifiers, prints the report and writes it to `output_dir`.

    Raises:
        CommandError: the directory is that of something else; or see `judge`.
    """
    output = Path(request.options.output_dir)
    check_report_files(output)
    if (output / "config.json").exists():
        raise CommandError(
            f"{output}: expected a directory for a report of `classifiers`, got that of a run or of another suite, "
            "which holds config.json; choose another `output_dir`."
        )
    report = judge(request, lambda split: request.data.open(split, IMAGE_SEED))
    text, plots = write_classifier_report(output, report)
    print(text)
    print(f"{output}: wrote report.md, report.json and {plots} plots.")
