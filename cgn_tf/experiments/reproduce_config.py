"""The configuration of reproductions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.digits.names import VARIANTS
from cgn_tf.errors import ConfigError
from cgn_tf.experiments.methods import METHODS
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse, is_missing
from cgn_tf.options.seeds import seed_option


@dataclass(frozen=True)
class ReproduceConfig:
    """Which rows of the table to make, and where."""

    methods: tuple[str, ...] = option(
        ("cgn",),
        "cgn: a CGN from scratch, its counterfactuals, a classifier of them; plain and irm: a classifier of the "
        "variant's own images; gan: as cgn, of a class-conditional GAN; published_weights: as cgn, with `cgn_weights`.",
        choices=METHODS,
    )
    seeds: tuple[int, ...] = seed_option((0, 1, 2), "Seeds of the runs, each for all stages of one run.")
    counterfactuals: int = option(
        200_000, "Number of images that a classifier is trained on, for methods with a generator.", minimum=1
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
        "Directory of all stages: <variant>/<method>/<seed>/<stage> below it.",
        PathUse.WRITE_DIRECTORY,
    )
    results: str = path_option(
        "results",
        "Directory of the results that are kept: <variant>/<method>/<seed>.json below it.",
        PathUse.WRITE_DIRECTORY,
    )
    configs: str = path_option(
        "", "Directory of the files with the flags of every stage; empty: the configurations of cgn_tf.", PathUse.READ
    )
    data: DataConfig = field(default_factory=DataConfig)

    def __post_init__(self) -> None:
        check_options(self)
        if self.data.dataset not in VARIANTS:
            raise ConfigError(f"`dataset`: expected one of {', '.join(VARIANTS)}, got {self.data.dataset}.")
        for name in ("methods", "seeds"):
            values = getattr(self, name)
            if not values or len(set(values)) != len(values):
                raise ConfigError(f"`{name}`: expected one or several, each once, got {values}.")
        if self.counterfactuals in self.more_counterfactuals:
            raise ConfigError(f"`more_counterfactuals`: {self.counterfactuals} is `counterfactuals` already.")
        if ("published_weights" in self.methods) != bool(self.cgn_weights):
            raise ConfigError("`cgn_weights` belongs to `methods=published_weights`: give both or neither.")
        if self.cgn_weights and is_missing(self.cgn_weights):
            raise ConfigError(f"`cgn_weights`: no file {self.cgn_weights}.")
        if self.configs and is_missing(self.configs):
            raise ConfigError(f"`configs`: no directory {self.configs}; it is that of the files of flags, configs/.")

    def recipe(self, name: str) -> str:
        """The flag that names a configuration: of `configs`, or of those that come with cgn_tf."""
        return f"--flagfile={Path(self.configs) / name}.flags" if self.configs else f"--config={name}"
