"""A training in a hostile environment is the one of a friendly one, bit by bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# the largest seed, of which Keras itself takes none
ARGUMENTS = [
    "--dataset=colored_mnist", "--digits=sklearn", "--validation_size=0", "--steps=2", "--batch_size=4",
    "--discriminator_width=8", "--seed=9223372036854775807", "--workdir=run",
]  # fmt: skip
HOSTILE = {"floatx": "float16", "epsilon": 0.5, "backend": "jax", "image_data_format": "channels_first"}
# a user whom the password file does not know, as in a container that runs under an arbitrary number
HOMELESS = """
import pwd, runpy, sys

def unknown(number):
    raise KeyError(number)

pwd.getpwuid = unknown
sys.argv[0] = "cgn_tf"
runpy.run_module("cgn_tf", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def tmp_path(tmp_path: Path) -> Path:
    """A directory with a plain name: a locale of ASCII has no other."""
    return tmp_path.parent


def friendly(directory: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KERAS", "PYTHON", "LC_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "HOME": str(directory), "TMPDIR": str(directory)}


def homeless(directory: Path) -> dict[str, str]:
    environment = friendly(directory) | {
        "KERAS_HOME": str(directory), "KERAS_BACKEND": "torch", "KERAS_MAX_EPOCHS": "many",
        "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii",
    }  # fmt: skip
    return {name: value for name, value in environment.items() if name not in ("HOME", "USER", "LOGNAME", "LANG")}


def test_a_training_is_the_same(tmp_path: Path) -> None:
    """Settings of Keras, no home directory, an ASCII locale, stderr closed, and stdout without a reader."""
    friend, foe = tmp_path / "friend", tmp_path / "foe"
    friend.mkdir()
    foe.mkdir()
    (foe / "keras.json").write_text(json.dumps(HOSTILE), encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    with (
        subprocess.Popen(
            [sys.executable, "-m", "cgn_tf", "train", *ARGUMENTS],
            cwd=friend, env=friendly(friend), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as one,
        subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-c", HOMELESS, "train", *ARGUMENTS],
            cwd=foe, env=homeless(foe), stdout=writing,
        ) as other,
    ):  # fmt: skip
        os.close(writing)
        assert (one.wait(200), other.wait(200)) == (0, 0)
    for file in ("model.safetensors", "training.safetensors"):
        found, expected = (directory / "run" / "checkpoints" / "step_00000002" / file for directory in (foe, friend))
        assert found.read_bytes() == expected.read_bytes(), file
    assert not (foe / "~").exists()


@pytest.mark.parametrize("content", ['["floatx"]', '{"floatx": "float8"}', '{"epsilon": 1}'])
def test_a_file_that_keras_does_not_take(content: str, tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(content, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS, "export", "--model=none", "--output_dir=none"],
        cwd=tmp_path, env=homeless(tmp_path), capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    note, *_, error = [line for line in done.stderr.splitlines() if line.startswith(("note:", "error:"))]
    assert done.returncode == 1
    assert note == f"note: no home directory is known; caches and ~ are in {tmp_path}: set HOME."
    assert error.startswith(f"error: {tmp_path / 'keras.json'}: Keras does not take this file (")
    assert error.endswith("); correct or remove it.")
    assert "Traceback" not in done.stderr


def test_a_home_that_the_flags_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS, "client", "--flagfile=~/no.flags"],
        cwd=tmp_path, env=homeless(tmp_path), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [
        f"error: --flagfile={tmp_path / 'no.flags'}: cannot read the file: No such file or directory."
    ]
