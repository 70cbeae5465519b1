"""Commands in processes of their own."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from cgn_tf.experiments.child_command import ChildError, check_exit, run_child, run_process


def python(program: str) -> int:
    return run_process([sys.executable, "-c", program])


def test_the_code_and_output_of_a_program(capfd: pytest.CaptureFixture[str]) -> None:
    assert python("print('hello')") == 0
    assert python("raise SystemExit(3)") == 3
    assert python("import os; os.kill(os.getpid(), 9)") == 137
    assert capfd.readouterr().out == "hello\n"


def test_a_stop_lets_the_program_save(tmp_path: Path) -> None:
    # The program itself asks this process to stop, since by then the handlers are in place, and waits for its own.
    program = """
import os, signal, time
def save(number, frame):
    open({path!r}, "w").write(signal.Signals(number).name)
    raise SystemExit({code})
signal.signal(signal.SIGTERM, save)
os.kill(os.getppid(), signal.{number})
time.sleep(60)
"""
    before = signal.getsignal(signal.SIGINT)
    for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        for own_code in (143, 0):
            path = tmp_path / f"{number.name}_{own_code}"
            assert python(program.format(path=str(path), code=own_code, number=number.name)) == code
            assert path.read_text() == "SIGTERM"
    assert signal.getsignal(signal.SIGINT) is before


def test_a_command_by_its_name(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_child("train", ["--stps=3"]) == 2
    assert "unknown flag --stps; did you mean --steps?" in capfd.readouterr().err


def test_the_exit_code_of_a_command_is_that_of_the_error() -> None:
    check_exit(0, "train")
    for code, what in (
        (1, "failed with exit code 1; see above; the same command then goes on there."),
        (130, "stopped with exit code 130; the same command goes on there."),
        (143, "stopped with exit code 143; the same command goes on there."),
    ):
        with pytest.raises(ChildError) as raised:
            check_exit(code, "run 1, train")
        assert str(raised.value) == f"run 1, train {what}"
        assert raised.value.exit_code == code
