"""The configuration of `tools/reproduce.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cgn_tf.config.networks import DataConfig
from cgn_tf.config.options import ConfigError, check_options, option

METHODS = ("cgn", "plain", "irm", "gan", "published_weights")


@dataclass(frozen=True)
class ReproduceConfig:
    """Which rows of the table to make, and where."""

    methods: tuple[str, ...] = option(
        ("cgn",),
        "cgn: a CGN from scratch, its counterfactuals, a classifier of them; plain and irm: a classifier of the "
        "variant's own images; gan: as cgn, of a class-conditional GAN; published_weights: as cgn, with --cgn_weights.",
        choices=METHODS,
    )
    seeds: tuple[int, ...] = option((0, 1, 2), "Of the runs; each seeds all stages of one.", minimum=0)
    counterfactuals: int = option(200_000, "Images that a classifier is trained on, of cgn and its like.", minimum=1)
    more_counterfactuals: tuple[int, ...] = option(
        (), "Numbers for further classifiers of cgn, which the report compares; no results are kept of them.", minimum=1
    )
    cgn_weights: str = option("", "published_weights: the PyTorch checkpoint of the CGN.")
    workdir: str = option("runs/reproduce", "Directory of all stages: DIR/<variant>/<method>/<seed>/<stage>.")
    results: str = option("results", "Directory of the figures that are kept: <variant>/<method>/<seed>.json.")
    configs: str = option("configs", "Directory of the files of flags of every stage.")
    data: DataConfig = field(default_factory=DataConfig)

    def __post_init__(self) -> None:
        check_options(self)
        if self.data.dataset == "latent":
            raise ConfigError("--dataset: expected a variant of the digits, got latent.")
        for name in ("methods", "seeds"):
            values = getattr(self, name)
            if not values or len(set(values)) != len(values):
                raise ConfigError(f"--{name}: expected one or several, each once, got {values}.")
        if self.counterfactuals in self.more_counterfactuals:
            raise ConfigError(f"--more_counterfactuals: {self.counterfactuals} is --counterfactuals already.")
        if ("published_weights" in self.methods) != bool(self.cgn_weights):
            raise ConfigError("--cgn_weights belongs to --methods=published_weights: give both or neither.")
        if self.cgn_weights and not Path(self.cgn_weights).is_file():
            raise ConfigError(f"--cgn_weights: no file {self.cgn_weights}.")
        if not Path(self.configs).is_dir():
            raise ConfigError(f"--configs: no directory {self.configs}; it is that of the files of flags, configs/.")
