from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.checkpoints import available
from cgn_tf.training.callback import Callback
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.checkpointer import Checkpointer
from cgn_tf.training.loop import run_steps


class Record(Callback):
    """Writes down what it is called with, and fails on demand."""

    def __init__(self, fail_at: int = -1, fail_to_close: bool = False) -> None:
        self.calls: list[Any] = []
        self.logs: dict[int, dict[str, float]] = {}
        self.fail_at, self.fail_to_close = fail_at, fail_to_close

    def start(self, step: int, last_step: int) -> None:
        self.calls.append(("start", step, last_step))

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        self.calls.append(step)
        self.logs[step] = dict(logs)
        if step == self.fail_at:
            raise RuntimeError("failed")

    def close(self) -> None:
        self.calls.append("close")
        if self.fail_to_close:
            raise OSError("disk full")


def test_steps_logs_and_rates(make_trainer: Callable[..., CGNTrainer], make_batch: Callable[..., Any]) -> None:
    record = Record()
    batches = (make_batch(seed) for seed in range(5, 100))
    assert run_steps(make_trainer(), batches, 5, 8, [record]) == 8
    assert record.calls == [("start", 5, 8), 6, 7, 8, "close"]
    alone = make_trainer().train_step(make_batch(5))
    assert record.logs[6] == pytest.approx(
        {name: float(value) for name, value in alone.items()}
        | {"learning_rate/shape": 0.1, "learning_rate/texture": 0.2}
        | {"learning_rate/background": 0.3, "learning_rate/critic": 0.5},
        rel=1e-4,
    )


def test_nothing_left_to_do(make_trainer: Callable[..., CGNTrainer]) -> None:
    record = Record()
    assert run_steps(make_trainer(), iter([]), 8, 8, [record]) == 8
    assert record.calls == [("start", 8, 8), "close"]


def test_a_stop_between_steps(make_trainer: Callable[..., CGNTrainer], make_batch: Callable[..., Any]) -> None:
    record = Record()
    batches = (make_batch(seed) for seed in range(100))
    # requested while the callbacks of step 2 run: those of step 3, the last one, all know of it
    done = run_steps(make_trainer(), batches, 0, 50, [record], stop_requested=lambda: 2 in record.calls)
    assert done == 3
    assert record.calls == [("start", 0, 50), 1, 2, 3, "close"]


def test_a_request_after_the_checkpoint_is_not_lost(
    make_trainer: Callable[..., CGNTrainer], make_batch: Callable[..., Any], tmp_path: Path
) -> None:
    trainer, record = make_trainer(), Record()

    def requested() -> bool:
        return 2 in record.calls  # by the last callback: the checkpointer of step 2 has gone by

    saver = Checkpointer(trainer, tmp_path, {}, every=100, keep=3, stop_requested=requested)
    batches = (make_batch(seed) for seed in range(100))
    done = run_steps(trainer, batches, 0, 50, [saver, record], stop_requested=requested)
    assert available(tmp_path) == [done]


def test_every_callback_is_closed(make_trainer: Callable[..., CGNTrainer], make_batch: Callable[..., Any]) -> None:
    records = [Record(fail_at=1, fail_to_close=True), Record()]
    with pytest.raises(OSError, match="disk full"):
        run_steps(make_trainer(), iter([make_batch()]), 0, 1, records)
    assert records[0].calls == [("start", 0, 1), 1, "close"]
    assert records[1].calls == [("start", 0, 1), "close"]
