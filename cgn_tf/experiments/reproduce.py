"""Reproduces rows of the results table: trains, generates, tests and compares, stage by stage."""

from __future__ import annotations

import dataclasses
import itertools
import shlex
from pathlib import Path

from cgn_tf.evaluation.classifier_metrics import ClassifierFigures, read_metrics
from cgn_tf.experiments.child_command import check_exit, run_child
from cgn_tf.experiments.preflight import check_stages
from cgn_tf.experiments.reproduce_config import ReproduceConfig
from cgn_tf.experiments.results import Result, result_path, write_result
from cgn_tf.experiments.stage_record import StageRecord
from cgn_tf.experiments.stages import (
    Stage,
    classifier_directory,
    data_directory,
    further_stages,
    report,
    run_directory,
    stages,
)
from cgn_tf.files.command_paths import check_path
from cgn_tf.files.contents import contents
from cgn_tf.options.flags import changed_flags
from cgn_tf.options.paths import PathUse


def reproduce(config: ReproduceConfig) -> None:
    """Runs what is not done of every method and seed, keeps the results, and compares all.

    Raises:
        ConfigError: see `check_stages`; nothing has run then.
        CommandError: see `check_stages`, or a result cannot be written to its place, and nothing has run then; a stage
            ended early, or left no figures; or a file cannot be written.
    """
    weights = [Path(config.cgn_weights)] if config.cgn_weights else []
    read = contents({**config.data.files, "input": weights})  # by the flags that name them to the stages
    last, whole = report(config), StageRecord(data_directory(config), read)
    runs = [(method, seed) for method in config.methods for seed in config.seeds]
    chains = {
        (method, seed): [*stages(config, method, seed), *(further_stages(config, seed) if method == "cgn" else [])]
        for method, seed in runs
    }
    check_stages(list(itertools.chain(*chains.values())), last)
    for method, seed in runs:
        kept = result_path(config.results_directory, config.data.dataset, method, seed)
        check_path("results", PathUse.WRITE_FILE, kept)
    for number, ((method, seed), chain) in enumerate(chains.items(), start=1):
        name = f"run {number} of {len(runs)}, {config.data.dataset}/{method}/{seed}"
        record = StageRecord(run_directory(config, method, seed), read)
        row = chain[: len(stages(config, method, seed))]
        for place, stage in enumerate(chain):
            if not record.is_done(stage):
                # noted before it runs, so that it holds whatever ends this process
                record.reopen(chain[place + 1 :])
                whole.reopen([last])
            _run(record, stage, name)
            if stage is row[-1]:
                minutes = sum(map(record.seconds, row)) / 60
                result = _result(config, method, seed, minutes)
                path = write_result(config.results_directory, result)
                accuracy = f"{result.test_accuracy:.2f} % of the test split in {minutes:.1f} minutes"
                print(f"{name}: {accuracy}; {path}", flush=True)
    _run(whole, last, "report")


def _run(record: StageRecord, stage: Stage, run: str) -> None:
    if record.is_done(stage):
        print(f"{run}: {stage.name} is done.", flush=True)
        return
    print(f"{run}: {stage.name}", flush=True)
    check_exit(record.run(stage, run_child), f"{run}: {stage.name}")


def _result(config: ReproduceConfig, method: str, seed: int, minutes: float) -> Result:
    """The figures that the classifier of a run left."""
    metrics = read_metrics(classifier_directory(config, method, seed), config.data.dataset)
    figures = {field.name: getattr(metrics, field.name) for field in dataclasses.fields(ClassifierFigures)}
    made = {"method": method, "seed": seed, "command": command(config, method, seed), "minutes": round(minutes, 1)}
    return Result(**(figures | made))


def command(config: ReproduceConfig, method: str, seed: int) -> str:
    """The command that makes one result again."""
    flags = [f"--dataset={config.data.dataset}", f"--methods={method}", f"--seeds={seed}"]
    own = {"methods", "seeds", "more_counterfactuals", "workdir"}
    flags += changed_flags(*config.data.dataset_options, config, leave_out=own)
    if method != "published_weights":
        flags = [flag for flag in flags if not flag.startswith("--cgn_weights=")]
    return shlex.join(["python", "tools/reproduce.py", *flags])
