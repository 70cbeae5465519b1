"""Whole runs of two steps on a disk that takes checkpoints, and not always what only shows them."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.files import atomic, json_file
from cgn_tf.render.png import write_png
from cgn_tf.training.callbacks import sample_grids, stopwatch

# operations that are not deterministic stay allowed for the tests after this one
SMALL = ["--digits=sklearn", "--steps=2", "--checkpoint_every=1", "--log_every=1", "--nodeterministic"]


@pytest.fixture
def refusing() -> Callable[..., Callable[..., None]]:
    """A writer that notes which checkpoints are there when it is called, and at first finds the disk full."""

    def make(write: Callable[..., None], workdir: Path, refusals: int, seen: list[list[int]]) -> Callable[..., None]:
        def refuse(path: Path, content: object) -> None:
            seen.append(checkpoints.available(workdir / "checkpoints"))
            if len(seen) <= refusals:
                raise OSError(errno.ENOSPC, "No space left on device")
            write(path, content)

        return refuse

    return make


def warnings(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning:")]


def test_the_checkpoint_of_a_step_comes_before_its_sample_grids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], refusing: Callable[..., object]
) -> None:
    seen: list[list[int]] = []
    monkeypatch.setattr(sample_grids, "write_png", refusing(write_png, tmp_path / "run", 1, seen))
    small = ["--batch_size=4", "--discriminator=none", "--adversarial_weight=0", "--sample_grid_every=1"]
    assert run_cli("train", [*SMALL, *small, f"--workdir={tmp_path / 'run'}"]) == 0
    assert seen[0] == [1]
    assert seen[-1] == [1, 2]
    assert checkpoints.available(tmp_path / "run" / "checkpoints") == [1, 2]
    pictures = sorted(path.name for path in (tmp_path / "run" / "sample_grids").iterdir())
    assert pictures
    assert all(name.endswith("_step_00000002.png") for name in pictures)
    assert warnings(capsys) == [
        "warning: step 1: the sample grids cannot be written (No space left on device); training goes on."
    ]


def test_a_classifier_without_a_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], refusing: Callable[..., object]
) -> None:
    seen: list[list[int]] = []
    refuse = refusing(atomic.write_atomically, tmp_path / "run", 99, seen)
    monkeypatch.setattr(stopwatch, "write_atomically", refuse)
    flags = ["--batch_size=8", "--validation_size=10", f"--workdir={tmp_path / 'run'}"]
    assert run_cli("train_classifier", [*SMALL, *flags]) == 0
    assert seen[:2] == [[1], [1, 2]]
    first, near_chance = warnings(capsys)
    assert first == (
        "warning: step 1: the time of the training cannot be written (No space left on device); training goes on."
    )
    assert "guessing reads 10 %" in near_chance  # after two steps
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert (metrics["steps"], metrics["seconds"]) == (2, None)
    assert np.isfinite(metrics["test_accuracy"])
    # the figures are no decoration
    monkeypatch.setattr(json_file, "write_atomically", refusing(atomic.write_atomically, tmp_path / "run", 99, []))
    assert run_cli("train_classifier", [*SMALL, *flags]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: {tmp_path / 'run' / 'metrics.json'}: cannot be written (No space left on device); check space and "
        "permissions, and give the same command again: the trained weights are saved."
    )
