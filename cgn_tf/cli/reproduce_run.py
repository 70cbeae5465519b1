"""What the reproduce command does once its command line is right."""

from __future__ import annotations

import json
import shlex
import signal
from pathlib import Path

from cgn_tf.cli.child_command import run_child
from cgn_tf.cli.reproduce_record import StageRecord
from cgn_tf.cli.reproduce_stages import Stage, classifier_directory, further_stages, report, run_directory, stages
from cgn_tf.config.options import leaves
from cgn_tf.config.reproduce import ReproduceConfig
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.results import Result, write_result

METRICS = "metrics.json"


class StageError(CommandError):
    """A stage that ended early; the code is that of its process."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def reproduce(config: ReproduceConfig) -> None:
    """Runs what is not done of every method and seed, keeps the results, and compares all.

    Raises:
        CommandError: a stage ended early, or left no figures; or a file cannot be written.
    """
    last, whole = report(config), StageRecord(Path(config.workdir) / config.data.dataset)
    runs = [(method, seed) for method in config.methods for seed in config.seeds]
    for number, (method, seed) in enumerate(runs, start=1):
        name = f"run {number} of {len(runs)}, {config.data.dataset}/{method}/{seed}"
        record = StageRecord(run_directory(config, method, seed))
        row = stages(config, method, seed)
        chain = [*row, *(further_stages(config, seed) if method == "cgn" else [])]
        for place, stage in enumerate(chain):
            if not record.is_done(stage):
                # noted before it runs, so that it holds whatever ends this process
                record.reopen(chain[place + 1 :])
                whole.reopen([last])
            _run(record, stage, name)
            if stage is row[-1]:
                minutes = sum(map(record.seconds, row)) / 60
                result = _result(config, method, seed, minutes)
                path = write_result(Path(config.results), result)
                accuracy = f"{result.test_accuracy:.2f} % of the test split in {minutes:.1f} minutes"
                print(f"{name}: {accuracy}; {path}", flush=True)
    _run(whole, last, "report")


def _run(record: StageRecord, stage: Stage, run: str) -> None:
    if record.is_done(stage):
        print(f"{run}: {stage.name} is done.", flush=True)
        return
    print(f"{run}: {stage.name}", flush=True)
    code = record.run(stage, run_child)
    if code:
        stopped = code in (128 + signal.SIGINT, 128 + signal.SIGTERM)
        advice = "the same command goes on there" if stopped else "see above; the same command then goes on there"
        raise StageError(
            f"{run}: {stage.name} {'stopped' if stopped else 'failed'} with exit code {code}; {advice}.", code
        )


def _result(config: ReproduceConfig, method: str, seed: int, minutes: float) -> Result:
    path = classifier_directory(config, method, seed) / METRICS
    try:
        metrics = json.loads(path.read_text())
        return Result(
            variant=config.data.dataset,
            method=method,
            seed=seed,
            command=command(config, method, seed),
            minutes=round(minutes, 1),
            **{
                name: metrics[name]
                for name in (
                    "test_accuracy",
                    "official_test_accuracy",
                    "train_accuracy",
                    "validation_accuracy",
                    "configuration_hash",
                    "steps",
                )
            },
        )
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(
            f"{path}: expected the classifier's figures, got {type(error).__name__}: {error}."
        ) from error


def command(config: ReproduceConfig, method: str, seed: int) -> str:
    """The command that makes one result again."""
    flags = [f"--dataset={config.data.dataset}", f"--methods={method}", f"--seeds={seed}"]
    own = {"methods", "seeds", "more_counterfactuals", "workdir"}
    for part, skipped in ((config.data, {"dataset"}), (config, own)):
        for leaf in leaves(type(part)):
            value = getattr(part, leaf.name)
            if leaf.name not in skipped and value != leaf.default:
                flags.append(f"--{leaf.name}={value}")
    if method != "published_weights":
        flags = [flag for flag in flags if not flag.startswith("--cgn_weights=")]
    return shlex.join(["python", "tools/reproduce.py", *flags])
