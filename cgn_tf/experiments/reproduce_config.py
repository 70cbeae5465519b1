"""The configuration of reproductions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.digits.names import VARIANTS
from cgn_tf.errors import ConfigError
from cgn_tf.experiments.methods import METHODS, NOT_OF_PHOTOGRAPHS
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse, is_missing
from cgn_tf.options.seeds import seed_option

PHOTOGRAPHS = "folder"
"""Stands for all data sets of photographs in the names of recipes."""


@dataclass(frozen=True)
class ReproduceConfig:
    """Which methods to compare on which data, and where."""

    methods: tuple[str, ...] = option(
        ("cgn",),
        "cgn: a CGN from scratch, its counterfactuals, a classifier of them; plain and irm: a classifier of the "
        "data set's own images; gan: as cgn, of a class-conditional GAN; published_weights: as cgn, of `cgn_weights`; "
        "of photographs cgn and plain alone.",
        choices=METHODS,
    )
    seeds: tuple[int, ...] = seed_option((0, 1, 2), "Seeds of the runs, each for all stages of one run.")
    counterfactuals: int = option(
        0,
        "Number of images that a classifier is trained on, for methods with a generator; 0: 200,000 of the variants of "
        "MNIST, 50,000 of photographs.",
        minimum=0,
    )
    more_counterfactuals: tuple[int, ...] = option(
        (),
        "Further numbers of images, with a classifier of the method cgn for each; the report compares these "
        "classifiers, and their results are not kept.",
        minimum=1,
    )
    cgn_weights: str = path_option("", "PyTorch checkpoint of the CGN, for the method published_weights.", PathUse.READ)
    workdir: str = path_option(
        "runs/reproduce",
        "Directory of all stages: <data set>/<method>/<seed>/<stage> below it.",
        PathUse.WRITE_DIRECTORY,
    )
    results: str = path_option(
        "",
        "Directory of the results that are kept: <data set>/<method>/<seed>.json below it. Empty: results for the "
        "variants of MNIST, whose table it is; for other data the directory results in `workdir`.",
        PathUse.WRITE_DIRECTORY,
    )
    configs: str = path_option(
        "", "Directory of the files with the flags of every stage; empty: the configurations of cgn_tf.", PathUse.READ
    )
    data: DataConfig = field(default_factory=DataConfig)

    def __post_init__(self) -> None:
        check_options(self)
        if not self.data.part.has_images:
            raise ConfigError(f"`dataset`: expected a data set with images, got {self.data.dataset}.")
        for name in ("methods", "seeds"):
            values = getattr(self, name)
            if not values or len(set(values)) != len(values):
                raise ConfigError(f"`{name}`: expected one or several, each once, got {values}.")
        self._check_methods()
        if self.num_counterfactuals in self.more_counterfactuals:
            raise ConfigError(f"`more_counterfactuals`: {self.num_counterfactuals} is `counterfactuals` already.")
        if ("published_weights" in self.methods) != bool(self.cgn_weights):
            raise ConfigError("`cgn_weights` belongs to `methods=published_weights`: give both or neither.")
        if self.cgn_weights and is_missing(self.cgn_weights):
            raise ConfigError(f"`cgn_weights`: no file {self.cgn_weights}.")
        if self.configs and is_missing(self.configs):
            raise ConfigError(f"`configs`: no directory {self.configs}; it is that of the files of flags, configs/.")

    @property
    def is_variant(self) -> bool:
        """Whether the data set is a variant of MNIST, of which the paper has a table; else it is of photographs."""
        return self.data.dataset in VARIANTS

    @property
    def recipe_name(self) -> str:
        """What the files with the flags of the stages are named for."""
        return self.data.dataset if self.is_variant else PHOTOGRAPHS

    @property
    def num_counterfactuals(self) -> int:
        """`counterfactuals`, with a number for 0."""
        return self.counterfactuals or (200_000 if self.is_variant else 50_000)

    @property
    def results_directory(self) -> Path:
        """`results`, with a directory where it is empty."""
        return Path(self.results or ("results" if self.is_variant else f"{self.workdir}/results"))

    def _check_methods(self) -> None:
        for method in () if self.is_variant else self.methods:
            if method in NOT_OF_PHOTOGRAPHS:
                raise ConfigError(
                    f"`methods`: expected cgn or plain for `dataset={self.data.dataset}`, got {method}: "
                    f"{NOT_OF_PHOTOGRAPHS[method]}."
                )

    def recipe(self, name: str) -> str:
        """The flag that names a configuration: of `configs`, or of those that come with cgn_tf."""
        return f"--flagfile={Path(self.configs) / name}.flags" if self.configs else f"--config={name}"
