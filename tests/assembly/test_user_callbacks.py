"""The option `callbacks`: functions of modules in the current directory."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import pytest

from cgn_tf.assembly.user_callbacks import UserCallbacks
from cgn_tf.cli.app import run as run_cli
from cgn_tf.errors import ConfigError

MODULE = """
import json
import keras

class Own(keras.callbacks.Callback):
    def __init__(self, path="own.json"):
        super().__init__()
        self.path, self.seen = path, []
    def on_train_batch_end(self, batch, logs=None):
        self.seen.append([batch, sorted(logs)[:1]])
    def on_train_end(self, logs=None):
        with open(self.path, "w") as file:
            json.dump(self.seen, file)

def two():
    return [Own(), keras.callbacks.TerminateOnNaN()]

def of(config):
    return Own(f"seed_{config['run']['seed']}.json")

def nothing():
    return None

def whole_models():
    return keras.callbacks.ModelCheckpoint("model.keras")

def much(one, other):
    return []

def dies(config):
    def at_step(batch, logs):
        raise OSError("the user's own")
    return keras.callbacks.LambdaCallback(on_train_batch_end=at_step)

class Stops(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = True

value = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory with the module `own_callbacks`, the current one."""
    (tmp_path / "own_callbacks.py").write_text(MODULE)
    (tmp_path / "broken_callbacks.py").write_text("import no_such_module_anywhere\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("own_callbacks", None)


def test_functions_and_classes(module: Path) -> None:
    names = ["own_callbacks:two", "own_callbacks:Own", "own_callbacks:of", "keras.callbacks:TerminateOnNaN"]
    made = UserCallbacks(names).make({"run": {"seed": 7}})
    assert [type(one).__name__ for one in made] == ["Own", "TerminateOnNaN", "Own", "Own", "TerminateOnNaN"]
    assert made[3].path == "seed_7.json"
    assert all(isinstance(one, keras.callbacks.Callback) for one in made)
    assert UserCallbacks([]).make({}) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own_callbacks", "`callbacks`: expected package.module:function, got 'own_callbacks'"),
        ("own_callbacks:", "`callbacks`: expected package.module:function"),
        ("nowhere.at_all:f", "`callbacks=nowhere.at_all:f`: no module nowhere in the current directory or among"),
        ("own_callbacks:f", "expected a function f in own_callbacks, got nothing of that name"),
        ("own_callbacks:value", "expected a function value in own_callbacks, got a int"),
        ("own_callbacks:much", "got one that needs one, other"),
        ("own_callbacks:whole_models", "a trainer is saved by its weights: give ModelCheckpoint"),
        ("own_callbacks:nothing", r"expected keras.callbacks.Callback or a list of them, got NoneType"),
    ],
)
def test_what_is_refused(module: Path, name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        UserCallbacks([name]).make({})


def test_an_error_within_the_module_keeps_its_traceback(module: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        UserCallbacks(["broken_callbacks:f"])


SMALL = ["--digits=sklearn", "--validation_size=10", "--batch_size=8", "--nodeterministic", "--workdir=run"]


def test_a_run_with_callbacks_of_the_user(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("train_classifier", [*SMALL, "--steps=3", "--callbacks=own_callbacks:nothing"]) == 2
    assert "error: --callbacks=own_callbacks:nothing: expected" in capsys.readouterr().err
    assert not (module / "run").exists()
    assert run_cli("train_classifier", [*SMALL, "--steps=2", "--callbacks=own_callbacks:of"]) == 0
    assert json.loads((module / "seed_0.json").read_text()) == [[0, ["accuracy"]], [1, ["accuracy"]]]
    # others go on with it, and one that dies keeps its traceback
    with pytest.raises(OSError, match="the user's own") as raised:
        run_cli("train_classifier", [*SMALL, "--steps=4", "--callbacks=own_callbacks:dies"])
    assert raised.traceback[-1].name == "at_step"
    capsys.readouterr()
    assert run_cli("train_classifier", [*SMALL, "--steps=9", "--callbacks=own_callbacks:Stops,own_callbacks:two"]) == 0
    output = capsys.readouterr().out
    assert "ended by a callback after step 3, which is saved; the same command goes on there." in output
    assert json.loads((module / "run" / "metrics.json").read_text())["steps"] == 3
