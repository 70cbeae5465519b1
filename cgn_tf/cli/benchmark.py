"""The command `benchmark`: builds what the configurations name, has it measured, and writes the figures."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.assembly.model_config import ModelConfig
from cgn_tf.assembly.networks import build_cgn
from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.benchmark.cases import (
    BenchmarkCase,
    data_case,
    generation_case,
    imagenet_cgn,
    imagenet_generation_cases,
    training_case,
)
from cgn_tf.benchmark.config import BUILT_IN, IMAGENET_STEP, BenchmarkConfig
from cgn_tf.benchmark.figures import Cases, measured
from cgn_tf.benchmark.serving_cases import digit_serving_cases, imagenet_serving_cases
from cgn_tf.datasets.digits.names import VARIANTS
from cgn_tf.datasets.digits.sources import NUM_CLASSES
from cgn_tf.datasets.global_batches import GlobalBatches
from cgn_tf.datasets.images.folder import FOLDER
from cgn_tf.files.json_file import json_text, write_json_output
from cgn_tf.losses.contract import Need
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.training.loop import StepRunner

_NO_END = "--steps=1000000000"
"""More than any benchmark does; schedules that end with the run stay at their start."""
_NO_DOWNLOAD = ("--digits=sklearn", "--validation_size=0", "--textures=procedural")

_FOLDER = (f"--dataset={FOLDER.name}", "--batch_size=64", "--discriminator=projection", _NO_END, "--dry_run")


def benchmark(config: BenchmarkConfig) -> None:
    """Prints the figures as one JSON object on stdout, and writes them to `config.output`; all else is on stderr.

    Raises:
        CommandError: a configuration or weights are not there, or the output cannot be written.
    """
    with contextlib.redirect_stdout(sys.stderr):
        if config.deterministic:
            tf.config.experimental.enable_op_determinism()
        load_before = os.getloadavg()
        figures = measured(_cases(config), config.seconds, config.repeats, _log, load_before)
    figures = {"settings": to_dict(config), **figures}
    print(json_text(figures))
    if config.output:
        write_json_output(Path(config.output), figures)


def train_config(name: str, config: BenchmarkConfig) -> TrainConfig:
    """A configuration of `configs/` or a built-in one, on data that need no download.

    Raises:
        ConfigError: there is no such configuration.
    """
    flags = BUILT_IN.get(name, (f"--config={name}",))
    if name == IMAGENET_STEP:
        flags = ("--config=imagenet", *flags)
    flags = (*flags, _NO_END, "--dry_run")
    found = parse(TrainConfig, flags)
    data = _NO_DOWNLOAD if found.data.part.has_images else ()
    features = (f"--feature_weights={config.feature_weights}",) if Need.FEATURES in found.loss.needs else ()
    return parse(TrainConfig, [*flags, *data, *features])


def training(config: TrainConfig) -> BenchmarkCase:
    """The training step of a configuration."""
    trainer, _, global_batches = build_training(config)
    steps, batches = StepRunner(trainer), iter(global_batches(0))
    return training_case(lambda: steps(batches, 1), config.run.batch_size)


def _cases(config: BenchmarkConfig) -> Cases:
    variants = VARIANTS if config.digits else ()
    configs = {name: train_config(name, config) for name in (*config.names, *variants)}
    if config.data_dir:
        configs[FOLDER.name] = parse(TrainConfig, [*_FOLDER, f"--data_dir={config.data_dir}"])
    own = [FOLDER.name] if config.data_dir else []
    data = {name: _data(configs[name]) for name in (*variants, *own)}
    steps = {name: _built(name, partial(training, configs[name])) for name in (*config.names, *own)}
    generation = {"digit_cgn": generation_case(_digit_cgn())} if config.digits else {}
    serving = digit_serving_cases(_digit_cgn()) if config.serving else {}
    if config.imagenet:
        cgn = _built("the CGN at 256 pixels", imagenet_cgn)
        generation |= imagenet_generation_cases(cgn)
        serving |= imagenet_serving_cases(cgn) if config.serving else {}
    return Cases(data, steps, generation, serving)


def _data(config: TrainConfig) -> BenchmarkCase:
    data, size = config.data.open("train", config.run.seed), config.run.batch_size
    return data_case(GlobalBatches(lambda step: data.batch(step, size), size)(0), size)


def _digit_cgn() -> Any:
    return build_cgn(ModelConfig(), 0, num_classes=NUM_CLASSES)


def _built(what: str, build: Callable[[], Any]) -> Any:
    _log(f"building {what}")
    return build()


def _log(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
