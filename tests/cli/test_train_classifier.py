"""The command that trains a classifier, as a process: what it leaves, and that nothing that stops it changes that."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cgn_tf
from cgn_tf import checkpoints
from cgn_tf.checkpoints.storage import Checkpoint
from cgn_tf.cli.app import run as run_cli
from cgn_tf.evaluation.classifier_metrics import read_metrics
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from tests.programs import ROOT, Program

# An epoch of the bundled digits has 43 steps of 32: the rate falls, and an epoch ends, between two checkpoints.
SMALL = [
    "--digits=sklearn",
    "--batch_size=32",
    "--validation_size=77",
    "--checkpoint_every=10",
    "--log_every=5",
    "--keep=20",
]
SCHEMA = {
    "variant": str, "method": str, "label": str, "seed": int, "steps": int, "training_images": int,
    "train_accuracy": float, "validation_accuracy": float, "test_accuracy": float,
    "official_test_accuracy": type(None), "official_test_missing": str, "configuration_hash": str, "seconds": float,
}  # fmt: skip


def start(workdir: Path, *arguments: str) -> Program:
    return Program("tools/train_classifier.py", *SMALL, f"--workdir={workdir}", *arguments)


def train(workdir: Path, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What the command writes to stdout and stderr."""
    output, errors = start(workdir, *arguments).end(code)
    assert "Traceback" not in errors
    return output, errors


def metrics(workdir: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((workdir / "metrics.json").read_text())
    return found


def checkpoint(workdir: Path, step: int) -> Checkpoint:
    return checkpoints.read(workdir / "checkpoints" / f"step_{step:08d}")


def difference(first: Path, second: Path, step: int) -> float:
    """The largest difference of any value in the checkpoints of a step."""
    a, b = (checkpoint(path, step) for path in (first, second))
    assert a.groups.keys() == b.groups.keys() == {"model", "training"}
    return max(
        float(np.abs(array.astype(np.float64) - b.groups[group][name]).max())
        for group, arrays in a.groups.items()
        for name, array in arrays.items()
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted run of one epoch and a little more, on the original images."""
    workdir = tmp_path_factory.mktemp("classifier") / "run"
    command = [
        sys.executable,
        str(ROOT / "tools" / "train_classifier.py"),
        *SMALL,
        f"--workdir={workdir}",
        "--steps=55",
        "--print_config",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    (workdir / "output.txt").write_text(done.stdout)
    (workdir / "errors.txt").write_text(done.stderr)
    return workdir


@pytest.fixture(scope="module")
def generated(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny data set of counterfactuals in two files."""
    output = tmp_path_factory.mktemp("classifier") / "counterfactuals"
    flags = ["--num_images=60", "--images_per_mask=5", "--shapes_per_batch=2", "--batches_per_file=4"]
    assert run_cli("generate", [f"--model={untrained}", f"--output_dir={output}", *flags]) == 0
    return output


def test_what_a_run_leaves(finished: Path) -> None:
    printed = (finished / "output.txt").read_text()
    config, end = json.JSONDecoder().raw_decode(printed)
    assert config == json.loads((finished / "config.json").read_text())
    # what was 0 on the command line is told in numbers: an epoch of ⌈1360 / 32⌉ steps, the rate of Adadelta
    assert (config["optimizer"]["lr_decay_every"], config["optimizer"]["lr"]) == (43, 1.0)
    assert json.loads(printed[end:]) == metrics(finished)
    assert "step 55 of 55" in (finished / "errors.txt").read_text()
    assert "accuracy" in (finished / "errors.txt").read_text()
    assert checkpoints.available(finished / "checkpoints") == [10, 20, 30, 40, 50, 55]
    assert list((finished / "tensorboard").rglob("events.out.tfevents.*"))
    assert isinstance(cgn_tf.load(finished), DigitClassifier)


def test_the_figures(finished: Path) -> None:
    found = metrics(finished)
    assert {name: type(value) for name, value in found.items()} == SCHEMA
    assert (found["variant"], found["method"], found["label"]) == ("colored_mnist", "plain", "shape")
    assert (found["seed"], found["steps"], found["training_images"]) == (0, 55, 1_437 - 77)
    # it learns, and it learns the colour: of the test split's independent colours it knows nothing of the shape
    assert found["train_accuracy"] > 50
    assert found["test_accuracy"] < 40
    assert 0 < found["seconds"] < 240
    assert len(found["configuration_hash"]) == 64
    assert "no official test split" in found["official_test_missing"]
    assert read_metrics(str(finished), "colored_mnist").test_accuracy == found["test_accuracy"]


def test_the_same_command_again_tests_again(finished: Path) -> None:
    before = metrics(finished)
    (finished / "metrics.json").unlink()
    assert "all 55 steps are done" in train(finished, "--steps=55")[0]
    assert metrics(finished) == before


def test_sigkill_at_any_moment_changes_nothing(finished: Path, tmp_path: Path) -> None:
    workdir = tmp_path / "killed"
    for step in (10, 30):
        process = start(workdir, "--steps=55")
        process.wait_for_step(workdir, step)
        process.kill()
        assert not (workdir / "metrics.json").exists()
    assert "step 0 of 55" not in train(workdir, "--steps=55")[1]
    for step in (50, 55):
        assert difference(finished, workdir, step) == 0
    same = metrics(workdir) | {"seconds": None}
    assert same == metrics(finished) | {"seconds": None}


def test_a_polite_stop_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    workdir = tmp_path / "stopped"
    process = start(workdir, "--steps=100000")
    process.wait_for_step(workdir, 10)
    process.send_signal(signal.SIGTERM)
    output, _ = process.end(128 + signal.SIGTERM)
    assert f"stopped by SIGTERM after step {checkpoints.available(workdir / 'checkpoints')[-1]}," in output
    assert not (workdir / "metrics.json").exists()


def test_counterfactuals(generated: Path, tmp_path: Path) -> None:
    flags = ["--training_data=counterfactual", "--num_counterfactuals=50", "--label=texture", "--method=cgn"]
    train(tmp_path / "one", *flags, f"--counterfactuals={generated}", "--steps=3")
    found = metrics(tmp_path / "one")
    assert (found["training_images"], found["method"], found["label"]) == (50, "cgn", "texture")
    config = json.loads((tmp_path / "one" / "config.json").read_text())
    assert config["counterfactual_data"][0]["num_images"] == 60

    # the images count, not where they lie
    moved = tmp_path / "moved"
    shutil.copytree(generated, moved)
    _, errors = train(tmp_path / "one", *flags, f"--counterfactuals={moved}", "--steps=4")
    assert "step 3 of 4: start" in errors
    described = json.loads((moved / "config.json").read_text())
    (moved / "config.json").write_text(json.dumps(described | {"seed": 8}))
    _, errors = train(tmp_path / "one", *flags, f"--counterfactuals={moved}", "--steps=5", code=1)
    assert "another configuration (counterfactual_data[0].seed: 0 -> 8)" in errors


def test_mixed(generated: Path, tmp_path: Path) -> None:
    flags = ["--training_data=mixed", f"--counterfactuals={generated}", "--original_share=0.25", "--epochs=0.1"]
    train(tmp_path / "one", *flags, "--optimizer=adam", "--lr_linear_steps=2")
    found = metrics(tmp_path / "one")
    assert (found["method"], found["training_images"]) == ("mixed", 1_360 + 60)
    assert found["steps"] == 5  # ⌈0.1 · 1420 / 32⌉
    output, _ = train(tmp_path / "one", *flags, "--optimizer=adam", "--lr_linear_steps=2")
    assert "its schedules are at their end" in output


def test_two_devices_equal_one_with_the_penalty(tmp_path: Path) -> None:
    flags = ["--environments=1.0,0.9", "--irm_weight=20", "--irm_anneal_steps=1", "--steps=3"]
    train(tmp_path / "one", *flags)
    train(tmp_path / "two", *flags, "--strategy=mirrored", "--logical_cpus=2")
    # Adadelta moves a weight by some 0.003 in three steps, and passes on what rounding makes of a small gradient
    assert difference(tmp_path / "one", tmp_path / "two", 3) < 1e-4
    assert metrics(tmp_path / "one")["method"] == "irm"
    hashes = {metrics(tmp_path / name)["configuration_hash"] for name in ("one", "two")}
    assert len(hashes) == 1


def test_dry_run(tmp_path: Path) -> None:
    output, _ = train(tmp_path / "dry", "--dry_run")
    assert "dry run: 67,766 values in the model; nothing was written." in output
    assert not (tmp_path / "dry").exists()


def test_bad_input_is_told_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for flags, code, message in (
        (["--training_data=counterfactual"], 2, "--counterfactuals: expected directories"),
        (["--labels=shape"], 2, "unknown flag --labels; did you mean --label?"),
        (["--training_data=counterfactual", "--counterfactuals=nowhere"], 1, "nowhere: expected a data set"),
        (["--optimizer=adam", "--lr_linear_steps=999", "--epochs=1"], 2, "--lr_linear_steps: expected at most --steps"),
    ):
        arguments = [*SMALL, f"--workdir={tmp_path / 'wrong'}", "--nodeterministic", *flags]
        assert run_cli("train_classifier", arguments) == code
        assert message in capfd.readouterr().err.splitlines()[-1]
        assert not (tmp_path / "wrong").exists()


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("train_classifier", ["--help", "--all"]) == 0
    text = capsys.readouterr().out
    for name in ("training_data", "counterfactuals", "label", "environments", "lr_linear_steps", "workdir", "dataset"):
        assert f"--{name}=" in text
