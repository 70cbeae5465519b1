"""Programs start from a checkout, and say what an environment lacks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cgn_tf.cli import start

ROOT = Path(__file__).resolve().parents[2]


def without_packages(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Python that finds no package that was installed, nor this one."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-I", "-S", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_an_environment_without_dependencies_is_one_line(tmp_path: Path) -> None:
    done = without_packages(str(ROOT / "tools" / "train.py"), "--steps=3", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: {sys.executable} has no absl, keras, numpy, PIL, tensorflow, tqdm, which cgn_tf needs; activate the "
        "environment (source .venv/bin/activate), or make it first (make install).\n"
    )


def test_a_tool_finds_the_checkout_that_it_is_in(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "film.py"), "--stps=1"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr[:26]) == (2, "error: unknown flag --stps")


def test_an_old_python(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(start, "OLDEST_PYTHON", (4, 0))
    assert start.run("film") == 1
    assert "is older than 4.0" in capsys.readouterr().err


def test_tensorflow_says_nothing_when_it_starts(tmp_path: Path) -> None:
    program = (
        "import os, sys; from cgn_tf.cli.start_up_lines import hide_start_up_lines; hide_start_up_lines(); "
        "import tensorflow; os.write(2, b'after\\n')"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    shown = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**environment, "CGN_TF_START_UP_LINES": keep},
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for keep in ("0", "1")
    ]
    assert shown[0] == "after\n"
    assert shown[1].endswith("after\n")
