from __future__ import annotations

import pytest

from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.callbacks.periodic import PeriodicCallback


class Recorder(PeriodicCallback):
    def __init__(self, every: int) -> None:
        super().__init__(every)
        self.due: list[int] = []

    def on_due(self, step: int) -> None:
        self.due.append(step)


def run(every: int, steps: list[int], first: int, last: int) -> list[int]:
    recorder = Recorder(every)
    recorder.start(first, last)
    for step in steps:
        recorder.after_step(step, {})
    recorder.close()
    return recorder.due


def test_due_at_every_multiple_and_at_the_last_step() -> None:
    assert run(4, list(range(1, 11)), 0, 10) == [4, 8, 10]


def test_a_group_that_passes_a_multiple_is_due_at_its_end() -> None:
    assert run(4, [3, 6, 9, 12, 13], 0, 20) == [6, 9, 12]


def test_a_resumed_run_is_due_where_an_uninterrupted_one_is() -> None:
    assert run(4, [6, 7, 8, 9], 5, 100) == [8]


def test_last_step_on_a_multiple_is_due_once() -> None:
    assert run(5, list(range(1, 11)), 0, 10) == [5, 10]


def test_every_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 1 step, got 0"):
        Recorder(0)


def test_base_does_nothing_but_periodic_needs_on_due() -> None:
    assert Callback().after_step(1, {"loss/total": 1.0}) is None
    periodic = PeriodicCallback(1)
    periodic.start(0, 5)
    with pytest.raises(NotImplementedError, match="PeriodicCallback must define on_due"):
        periodic.after_step(1, {})
