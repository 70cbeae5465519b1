"""A command of this package in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cgn_tf.errors import CommandError
from cgn_tf.training.interrupts import Interrupts

POLL_SECONDS = 0.2


class ChildError(CommandError):
    """A command that ended early; the exit code is that of its process."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def check_exit(code: int, what: str) -> None:
    """Holds a command to have ended well.

    Args:
        code: what `run_child` returned.
        what: names the command in the error.

    Raises:
        ChildError: any other code than 0.
    """
    if code:
        stopped = code in (128 + signal.SIGINT, 128 + signal.SIGTERM)
        advice = "the same command goes on there" if stopped else "see above; the same command then goes on there"
        raise ChildError(f"{what} {'stopped' if stopped else 'failed'} with exit code {code}; {advice}.", code)


def run_child(command: str, arguments: Sequence[str]) -> int:
    """Runs a command to its end, its output passed through; returns its exit code, above 0 if stopped.

    Args:
        command: name of the command: "train".
        arguments: flags of the command.
    """
    return run_process([sys.executable, "-m", "cgn_tf", command, *arguments])


def run_process(line: Sequence[str]) -> int:
    """As `run_child`, of any program.

    SIGTERM and Ctrl-C end this process only after the program has saved. That gets a SIGTERM for either: a terminal
    sends Ctrl-C to both processes, and a second SIGINT would stop a training before it has saved.
    """
    with Interrupts() as interrupted, subprocess.Popen(line, env=_environment()) as process:  # noqa: S603  own
        told = False
        while True:
            try:
                code = process.wait(POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if interrupted.requested and not told:
                    process.terminate()
                    told = True
    if interrupted.requested:
        return 128 + int(getattr(signal, interrupted.requested))  # also where the program was just finished
    return code if code >= 0 else 128 - code


def _environment() -> dict[str, str]:
    """This process's, with the place of this package, which need not be installed."""
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
