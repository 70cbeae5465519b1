"""The configuration of evaluations."""

from __future__ import annotations

from dataclasses import dataclass, field

from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import ConfigError
from cgn_tf.files.distinct import require_distinct
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.options.seeds import seed_option


@dataclass(frozen=True)
class MasksConfig:
    """Suite masks: does a digit CGN do what its labels say?"""

    model: str = path_option("", "Work directory or converted checkpoint of a digit CGN. Required.", PathUse.READ)
    output: str = path_option("", "File for the figures, JSON; empty: only printed.", PathUse.WRITE_FILE)

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class ReportConfig:
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

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class EvaluateConfig:
    """What to judge, on which data, and how."""

    suite: str = option(
        "masks",
        "masks: judge one CGN of digits; digits: judge classifiers of digits, and CGNs besides; images: the same for "
        "data sets of photographs, folder and tfds:NAME.",
        choices=("masks", "digits", "images"),
    )
    samples: int = option(
        2_000,
        "Number of images of a CGN that are judged; `suite=masks` judges as many counterfactuals besides, "
        "`suite=images` tests classifiers on as many of all CGNs.",
        minimum=10,
    )
    truncation: float = option(
        1.0,
        "Factor on the noise of a CGN: below 1 images are more typical of their class and less varied.",
        above=0.0,
        maximum=2.0,
    )
    mask_classifier_steps: int = option(
        1_200,
        "Training steps, 128 images each, of the classifier that is trained on real strokes and then reads masks.",
        minimum=1,
    )
    seed: int = seed_option(
        0,
        "Seed of the classifier that reads masks, and of noise and labels; the images that classifiers are tested "
        "on do not depend on the seed.",
    )
    data: DataConfig = field(default_factory=DataConfig)
    masks_suite: MasksConfig = field(default_factory=MasksConfig)
    report: ReportConfig = field(default_factory=ReportConfig)

    def __post_init__(self) -> None:
        check_options(self)
        if "test" not in self.data.part.splits:
            raise ConfigError(f"`dataset={self.data.dataset}`: expected a data set that has images to test on.")
        of_digits = self.data.part.independent_factors
        if (self.suite == "images") is of_digits:
            wanted = "digits" if of_digits else "images"
            raise ConfigError(
                f"`suite={self.suite}` contradicts `dataset={self.data.dataset}`: set `suite={wanted}`, whose figures "
                "are true of such data."
            )
        own, other = self.masks_suite, self.report
        if self.suite == "masks":
            if other != ReportConfig():
                given = next(name for name in vars(other) if getattr(other, name) != getattr(ReportConfig(), name))
                raise ConfigError(f"`{given}` contradicts `suite=masks`: set `suite=digits`.")
            if not own.model:
                raise ConfigError(
                    "`model`: expected the directory of a CGN, got none: `model=runs/quickstart`, for example."
                )
        else:
            self._check_report()

    def _check_report(self) -> None:
        for name in ("model", "output"):
            if getattr(self.masks_suite, name):
                instead = {"model": "cgns", "output": "output_dir"}[name]
                raise ConfigError(f"`{name}` contradicts `suite={self.suite}`: give `{instead}`.")
        for name, example in (("classifiers", "runs/cgn_0,runs/cgn_1"), ("output_dir", "runs/report")):
            if not getattr(self.report, name):
                raise ConfigError(f"`{name}`: expected one for `suite={self.suite}`, got none; for example {example}.")
        for name in ("classifiers", "cgns"):
            directories = getattr(self.report, name)
            if "" in directories:
                raise ConfigError(f"`{name}`: expected directories, got an empty name among {','.join(directories)}.")
            require_distinct(name, directories)
