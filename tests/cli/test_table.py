"""The table of commands, and `python -m cgn_tf`."""

from __future__ import annotations

import configparser
import dataclasses
import inspect
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cgn_tf.cli import scripts
from cgn_tf.cli.app import main
from cgn_tf.cli.table import COMMANDS, imported

ROOT = Path(__file__).resolve().parents[2]

SHIM = """
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from cgn_tf.cli.start import run

raise SystemExit(run("{}"))
"""
# Commands whose parts carry their own options: reading these may import Keras.
OF_PARTS = {"train", "train_classifier", "ablate", "evaluate", "reproduce"}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def fails(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> str:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err.rstrip()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_names_what_there_is(name: str) -> None:
    command = COMMANDS[name]
    assert dataclasses.is_dataclass(imported(command.config))
    parameters = list(inspect.signature(imported(command.function)).parameters)
    assert parameters == (["config", "others"] if command.others else ["config"])
    assert "\n" not in command.summary
    assert command.summary[0].isupper()


def test_every_command_has_a_tool_and_a_console_script() -> None:
    assert {path.stem for path in (ROOT / "tools").glob("*.py")} == set(COMMANDS)
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = [line.split(" = ") for line in setup["options.entry_points"]["console_scripts"].strip().splitlines()]
    assert dict(lines) == {"cgn": "cgn_tf.cli.start:run"} | {
        f"cgn-{name.replace('_', '-')}": f"cgn_tf.cli.scripts:{name}" for name in COMMANDS
    }
    assert all(getattr(scripts, name).args == (name,) for name in COMMANDS)


def test_the_tools_are_shims() -> None:
    for path in (ROOT / "tools").glob("*.py"):
        doc, rest = path.read_text(encoding="utf-8").split("\n", 1)
        assert doc.startswith('"""')
        assert rest == SHIM.format(path.stem)


def test_the_overview_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    for argument in ("--help", "-h"):
        assert main([argument]) == 0
        lines = capsys.readouterr().out.splitlines()
        named = [line.strip() for line in lines if line.startswith("  ") and line[2] != " "]
        assert named == [*COMMANDS, "help", "configs", "completion", "version"]
        assert max(map(len, lines)) <= 100
        assert "      Reads foreign weights in the format --source and writes a checkpoint to the directory" in lines


def test_unknown_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, ["trian", "--steps=3"]) == "error: unknown command 'trian'; did you mean train?"
    assert fails(capsys, ["--steps=3"]) == "error: unknown command '--steps=3'; --help lists all."
    assert fails(capsys, []) == "error: expected a command; --help lists all."


def test_a_command_gets_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, ["film", "--workdr=a"]) == "error: unknown flag --workdr; did you mean --workdir?"
    assert main(["film", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Makes a film of the sample grids")


def test_the_overview_imports_no_tensorflow() -> None:
    program = "import sys; from cgn_tf.cli.app import main; main(['--help']); print('tensorflow' in sys.modules)"
    assert python("-c", program).stdout.endswith("\nFalse\n")


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - OF_PARTS))
def test_a_wrong_flag_imports_no_tensorflow(name: str) -> None:
    program = (
        "import sys; from cgn_tf.cli.app import main; code = main([sys.argv[1], '--stps=3']); "
        "print(code, 'tensorflow' in sys.modules)"
    )
    done = python("-c", program, name)
    assert done.stdout == "2 False\n"
    assert done.stderr.startswith("error: unknown flag --stps; ")
    assert done.stderr.count("\n") == 1


def test_an_error_after_tensorflow_was_imported_is_one_line_behind_its_messages(tmp_path: Path) -> None:
    done = python(
        "-m", "cgn_tf", "generate", f"--model={tmp_path}", f"--output_dir={tmp_path / 'out'}", CUDA_VISIBLE_DEVICES=""
    )
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[-1].startswith(f"error: {tmp_path}: expected a work directory")
    assert [line for line in lines if line.startswith(("error", "Traceback"))] == lines[-1:]


def test_tensorflow_is_told_to_be_quiet_before_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    assert main(["film", "--workdr=a"]) == 2
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "2"
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    assert main(["film", "--workdr=a"]) == 2
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--workdir=none"], "--workdir: expected a run to go on with, got none, which has none; check the "
         "name, or begin one, for example with --config=quickstart."),
        (["--quiet", "train_classifier", "--workdir=none"], "--workdir: expected a run to go on with, got none, which "
         "has none; check the name, or begin one, for example with --config=classifier_quickstart and "
         "--counterfactuals=runs/counterfactuals."),
        (["generate", "--output_dir", "none", "--log_format=text"], "--output_dir: expected a data set to go on with, "
         "got none, which has none; check the name, or begin one, for example with --model=runs/quickstart."),
    ],
)  # fmt: skip
def test_a_directory_alone_begins_nothing(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fails(capsys, arguments) == f"error: {message}"
    assert not any(tmp_path.iterdir())
