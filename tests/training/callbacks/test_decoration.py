"""What only shows a run never ends it: told once, tried again, and not mistaken for what a run needs."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import tensorflow as tf

from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.callbacks.decoration import Decoration
from cgn_tf.training.callbacks.sample_grids import SampleGrids
from cgn_tf.training.callbacks.stopwatch import Stopwatch
from cgn_tf.training.callbacks.tensorboard import TensorBoard
from tests.full_disk import full_disk
from tests.training.quick_trainer import QuickTrainer, counted

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
REFUSALS: dict[str, tuple[Exception, str]] = {
    "OSError": (FULL, "No space left on device"),
    "no permission": (PermissionError(errno.EACCES, "Permission denied", "x"), "Permission denied"),
    "without a number": (OSError("cannot write\nat all"), "cannot write at all"),
    "ResourceExhausted": (
        tf.errors.ResourceExhaustedError(None, None, "{{function_node __wrapped__Flush}} a; No space\n\tFailed"),
        "a; No space Failed",
    ),
    "Unknown": (tf.errors.UnknownError(None, None, "why"), "why"),
    "PermissionDenied": (tf.errors.PermissionDeniedError(None, None, "no"), "no"),
}
MOMENTS = {"start": 0, "after_step": 1, "finish": 2, "close": 2}
"""Method → step at which it is first called in a run of two steps."""


class Refusing(Callback):
    """Writes down how it is called, and fails in some of the methods."""

    def __init__(self, error: Exception | None = None, *moments: str) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.error, self.moments = error, moments

    def start(self, step: int, last_step: int) -> None:
        self._called("start")

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        self._called("after_step")

    def finish(self, step: int) -> None:
        self._called("finish")

    def close(self) -> None:
        self._called("close")

    def _called(self, moment: str) -> None:
        self.calls.append(moment)
        if self.error and moment in self.moments:
            raise self.error


def run(*callbacks: Callback, steps: int = 2) -> int:
    trainer = QuickTrainer()
    trainer.fit(counted(), steps=steps, callbacks=list(callbacks), verbose=0)
    return trainer.steps_done


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_told_once_and_the_run_goes_on(kind: str, moment: str) -> None:
    error, reason = REFUSALS[kind]
    told: list[str] = []
    refusing, other = Refusing(error, moment), Refusing()
    assert run(Decoration(refusing, "the pictures", told.append), other) == 2
    assert told == [f"warning: step {MOMENTS[moment]}: the pictures cannot be written ({reason}); training goes on."]
    assert other.calls == ["start", "after_step", "after_step", "finish", "close"]
    # one that could not start does not know where it writes
    assert refusing.calls == (["start", "close"] if moment == "start" else other.calls)


def test_several_refusals_are_told_once() -> None:
    told: list[str] = []
    assert run(Decoration(Refusing(FULL, *MOMENTS), "a", told.append)) == 2
    assert run(Decoration(Refusing(FULL, "after_step", "finish", "close"), "b", told.append), steps=5) == 5
    assert [line[:18] for line in told] == ["warning: step 0: a", "warning: step 1: b"]


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    def warn(message: str) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    assert run(Decoration(Refusing(FULL, *MOMENTS), "a", warn)) == 2


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("error", [ValueError("a defect"), KeyError("a defect"), RuntimeError("a defect")])
def test_a_defect_keeps_its_traceback(error: Exception, moment: str) -> None:
    with pytest.raises(type(error), match="a defect"):
        run(Decoration(Refusing(error, moment), "a", pytest.fail))


def test_an_error_of_the_run_is_not_hidden_by_one_of_a_decoration() -> None:
    told: list[str] = []
    with pytest.raises(RuntimeError, match="the loss"):
        run(Refusing(RuntimeError("the loss"), "after_step"), Decoration(Refusing(FULL, "close"), "a", told.append))
    assert len(told) == 1


WRITERS: dict[str, Callable[[Path], Callback]] = {
    "TensorBoard": lambda path: TensorBoard(path / "logs", every=1),
    "sample grids": lambda path: SampleGrids(path / "pictures", every=1, logdir=path / "logs"),
    "stopwatch": lambda path: Stopwatch(path / "seconds.json", every=1),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_is_full_for_a_while(name: str, tmp_path: Path) -> None:
    told: list[str] = []
    decoration = Decoration(WRITERS[name](tmp_path), "a", told.append)
    decoration.set_model(QuickTrainer())
    decoration.start(0, 3)
    with full_disk(1):
        decoration.after_step(1, {"loss/total": 1.0})
        decoration.after_step(2, {"loss/total": 1.0})
    decoration.after_step(3, {"loss/total": 1.0})
    decoration.finish(3)
    decoration.close()
    assert len(told) == 1
    assert "File too large" in told[0]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert all(path.stat().st_size > 1 for path in files)  # the third step is there
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize("name", ["TensorBoard", "sample grids"])
def test_a_file_in_the_place_of_the_directory(name: str, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    told: list[str] = []
    assert run(Decoration(WRITERS[name](tmp_path), "a", told.append)) == 2
    assert len(told) == 1
    assert told[0].startswith("warning: step 0: a cannot be written (")
