from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from cgn_tf import checkpoints
from cgn_tf.cli import convert
from cgn_tf.types import Triplet
from cgn_tf.weights.torch_digit_cgn import digit_cgn_from_torch

Save = Callable[[Path, Mapping[str, np.ndarray]], Path]


def run(source: Path, output: Path) -> int:
    return convert.main(["--source=torch", f"--input={source}", f"--output={output}"])


def test_the_converted_checkpoint_is_the_model(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = save_torch(tmp_path / "x.pth", digit_state), tmp_path / "a" / "out"
    assert run(source, output) == 0
    assert "49 tensors, 659,992 parameters" in capsys.readouterr().out
    assert checkpoints.available(output) == [0]
    loaded, direct = checkpoints.load(output), digit_cgn_from_torch(source)
    noise = np.random.default_rng(0).standard_normal((3, 32), np.float32)
    labels = Triplet(np.array([1, 2, 3]), np.array([4, 5, 6]), np.array([7, 8, 9]))
    for ours, expected in zip(loaded(noise, labels), direct(noise, labels), strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(expected))
    assert float(np.std(loaded(noise, labels).image)) > 0.01


def test_an_output_in_use_is_refused(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = save_torch(tmp_path / "x.pth", digit_state), tmp_path / "out"
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    for path in (output, output / "notes.txt"):
        assert run(source, path) == 1
        assert "choose another --output" in capsys.readouterr().err
    assert [path.name for path in output.iterdir()] == ["notes.txt"]
    assert (output / "notes.txt").read_text() == "mine"


def test_a_bad_input_leaves_nothing_behind(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    del digit_state["f_shape.0.bias"]
    assert run(save_torch(tmp_path / "x.pth", digit_state), tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert "missing f_shape.0.bias" in error
    assert len(error.strip().splitlines()) == 1
    assert run(tmp_path / "absent.pth", tmp_path / "out") == 1
    assert "absent.pth: cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_weights_that_are_not_finite_are_refused(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    digit_state["f_text1.4.bias"][5] = np.inf
    assert run(save_torch(tmp_path / "x.pth", digit_state), tmp_path / "out") == 1
    assert "cgn/texture/block0/norm/beta" in capsys.readouterr().err
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))
