"""Programs in processes of their own, without the seconds that each takes to import TensorFlow.

They are forked from a process that has imported it and computed nothing. Unlike processes that start anew they share a
seed of `hash`, so that two of them iterate over a set in the same order. A test that compares runs bit by bit therefore
makes one of the runs in a process of another seed.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import random
import runpy
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from cgn_tf import checkpoints

ROOT = Path(__file__).resolve().parents[1]

_NEW = multiprocessing.get_context("spawn")
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(
    [
        "pytest",  # the main module of this process, which multiprocessing imports in each of the others
        "tests.programs",
        "cgn_tf.assembly.train",
        "cgn_tf.assembly.train_classifier",
        "cgn_tf.evaluation.digit_suite",
        "cgn_tf.generation.generate",
    ]
)


class Program:
    """`python PATH ARGUMENTS` in the root of the checkout, running.

    Args:
        path: from the root, "tools/train.py", or of any other file.
        arguments: its flags.
        environment: variables beside those of this process.
        anew: not forked: a new Python, which imports TensorFlow itself and has a seed of `hash` of its own.
    """

    def __init__(
        self, path: str | Path, *arguments: object, environment: Mapping[str, str] | None = None, anew: bool = False
    ) -> None:
        self._stack = contextlib.ExitStack()
        self._output, self._errors = (self._stack.enter_context(_text_file()) for _ in range(2))
        self._process = (_NEW if anew else _FORKED).Process(
            target=_run,
            args=(
                str(ROOT / path),
                list(map(str, arguments)),
                {**os.environ, **(environment or {})},
                self._output.name,
                self._errors.name,
            ),
            daemon=True,  # so that none outlives this process
        )
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """The exit code, minus the number of the signal that ended it; None: it runs."""
        return self._process.exitcode

    @property
    def output(self) -> str:
        """What it has written to stdout until now."""
        return _content(self._output)

    @property
    def errors(self) -> str:
        """What it has written to stderr until now."""
        return _content(self._errors)

    def send_signal(self, number: int) -> None:
        """Sends it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it by SIGKILL."""
        self.send_signal(signal.SIGKILL)
        self.end(-signal.SIGKILL)

    def end(self, code: int = 0) -> tuple[str, str]:
        """What it wrote to stdout and stderr, once it has ended with `code`."""
        self._process.join()
        output, errors = self.output, self.errors
        self._stack.close()
        assert self.returncode == code, (output + errors)[-3000:]
        return output, errors

    def stop(self) -> None:
        """Ends it, if it has not ended."""
        self._process.kill()
        self._process.join()
        self._stack.close()

    def wait_for_step(self, workdir: Path, step: int) -> None:
        """Until it has saved this step of a training, or a later one."""
        while not any(found >= step for found in checkpoints.available(workdir / "checkpoints")):
            assert self.returncode is None, (self.output + self.errors)[-3000:]
            time.sleep(0.005)


def run_forked(command: str, arguments: Sequence[str]) -> int:
    """In place of `cgn_tf.experiments.child_command.run_child`, for a command that ends well."""
    output, _ = Program(f"tools/{command}.py", *arguments).end()
    print(output)
    return 0


def _text_file() -> IO[str]:
    return tempfile.NamedTemporaryFile("r", encoding="utf-8")


def _content(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _run(program: str, arguments: list[str], environment: dict[str, str], output: str, errors: str) -> None:
    """What the process does."""
    for number, path in ((1, output), (2, errors)):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    np.random.seed()  # noqa: NPY002  the generator that every process has
    sys.argv = [program, *arguments]
    try:
        runpy.run_path(program, run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # which multiprocessing leaves out
