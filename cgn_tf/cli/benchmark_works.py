"""What the benchmark measures: each figure as a function that does the work once."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import NamedTuple

from cgn_tf.build import build_batches, build_cgn, build_data, build_trainer
from cgn_tf.cli.app import parse
from cgn_tf.config.benchmark import BUILT_IN, BenchmarkConfig
from cgn_tf.config.train import ModelConfig, TrainConfig
from cgn_tf.data.counterfactuals import Counterfactuals
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.speed import Work
from cgn_tf.training.loop import Steps

CONFIGS = Path(__file__).resolve().parents[2] / "configs"

_NO_END = "--steps=1000000000"
"""More than any benchmark does; schedules that end with the run stay at their start."""
_BATCHES = 128
"""In one call of the work for data: more than a pipeline prepares while others are measured."""
_SHAPES, _PER_SHAPE = 50, 10
"""Masks in a batch of counterfactuals, and images of each."""


class Measured(NamedTuple):
    """One figure: its work, the images that a call of it takes or makes, and the sizes to name beside it."""

    work: Work
    images: int
    sizes: dict[str, int]


def train_config(name: str, config: BenchmarkConfig) -> TrainConfig:
    """A configuration of `configs/` or a built-in one, on data that need no download.

    Raises:
        CommandError: the file is not there.
    """
    file = CONFIGS / f"{name}.flags"
    if name not in BUILT_IN and not file.is_file():
        raise CommandError(f"{file}: expected the configuration, got no file; run it in a checkout of cgn_tf.")
    flags = BUILT_IN.get(name, (f"--flagfile={file}",))
    data = ("--digits=sklearn", "--textures=procedural")
    return parse(TrainConfig, [*flags, *data, _NO_END, "--dry_run", f"--feature_weights={config.feature_weights}"])


def training(config: TrainConfig) -> Measured:
    """A training step with the data for it, as the training loop does it, without its callbacks."""
    real = build_data(config.data, "train", config.run.seed)
    trainer = build_trainer(config, real)
    steps, batches = Steps(trainer), iter(build_batches(config, trainer, real)(0))
    return Measured(lambda: steps(batches, 1), config.run.batch_size, {"batch_size": config.run.batch_size})


def data(config: TrainConfig) -> Measured:
    """Batches of real images as the training has them, without the steps that take them."""
    size = config.run.batch_size
    batches = iter(build_data(config.data, "train", config.run.seed).dataset(size))

    def work() -> None:
        for _ in range(_BATCHES):
            next(batches)

    return Measured(work, _BATCHES * size, {"batch_size": size})


def generation() -> Measured:
    """A batch of counterfactuals from an untrained CGN: its speed is that of a trained one."""
    batches = Counterfactuals(build_cgn(ModelConfig(), seed=0), seed=0, shapes=_SHAPES, per_shape=_PER_SHAPE)
    numbers = itertools.count()
    sizes = {"batch_size": batches.batch_size, "images_per_mask": _PER_SHAPE}
    return Measured(lambda: batches(next(numbers))[0].numpy(), batches.batch_size, sizes)
