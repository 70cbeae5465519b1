from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cgn_tf.checkpoints import available
from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.callbacks.checkpointer import Checkpointer
from cgn_tf.training.callbacks.stop_when_asked import StopWhenAsked
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.interrupts import Interrupts
from cgn_tf.training.training_batches import TrainingBatches


class Record(Callback):
    """Writes down what it is called with, and fails on demand."""

    def __init__(self, fail_at: int = -1, fail_to_close: bool = False) -> None:
        super().__init__()
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

    def finish(self, step: int) -> None:
        self.calls.append(("finish", step))

    def close(self) -> None:
        self.calls.append("close")
        if self.fail_to_close:
            raise OSError("disk full")


def run(trainer: CGNTrainer, batches: TrainingBatches, start: int, stop: int, *callbacks: Any) -> int:
    """The number of steps that are done after `fit` from one step to another."""
    trainer.steps_done = start
    trainer.fit(batches, steps=stop - start, callbacks=list(callbacks), verbose=0)
    return trainer.steps_done


def test_steps_logs_and_rates(
    make_trainer: Callable[..., CGNTrainer], make_batch: Callable[..., Any], batches: Any
) -> None:
    record = Record()
    assert run(make_trainer(), batches, 5, 8, record) == 8
    assert record.calls == [("start", 5, 8), 6, 7, 8, ("finish", 8), "close"]
    alone = make_trainer().train_step(make_batch(5))
    assert record.logs[6] == pytest.approx(
        {name: float(value) for name, value in alone.items()}
        | {"learning_rate/shape": 0.1, "learning_rate/texture": 0.2}
        | {"learning_rate/background": 0.3, "learning_rate/discriminator": 0.5},
        rel=1e-4,
    )


def weights(trainer: CGNTrainer) -> dict[str, np.ndarray]:
    return {name: value.numpy() for group in trainer.state().values() for name, value in group.items()}


def test_several_steps_a_call(make_trainer: Callable[..., CGNTrainer], batches: Any) -> None:
    single, grouped = Record(), Record()
    one, several = make_trainer(ema_decay=0.9), make_trainer(ema_decay=0.9)
    run(one, batches, 0, 5, single)
    several.steps_per_execution = 2
    assert run(several, batches, 0, 5, grouped) == 5
    assert grouped.calls == [("start", 0, 5), 2, 4, 5, ("finish", 5), "close"]
    for name, value in weights(one).items():
        np.testing.assert_allclose(weights(several)[name], value, rtol=1e-6, atol=1e-6, err_msg=name)
    for name, value in grouped.logs[4].items():  # the mean over the group
        assert value == pytest.approx((single.logs[3][name] + single.logs[4][name]) / 2, rel=1e-4, abs=1e-6), name


def test_a_group_of_steps_ends_with_its_phase(make_trainer: Callable[..., CGNTrainer], batches: Any) -> None:
    single, grouped = Record(), Record()
    one, several = make_trainer(freeze_batch_norm_after=2), make_trainer(freeze_batch_norm_after=2)
    run(one, batches, 0, 2)
    before = weights(one)
    run(one, batches, 2, 4, single)  # goes on where the phase begins
    several.steps_per_execution = 3
    run(several, batches, 0, 4, grouped)
    assert grouped.calls == [("start", 0, 4), 2, 4, ("finish", 4), "close"]
    for name, value in weights(one).items():
        np.testing.assert_allclose(weights(several)[name], value, rtol=1e-6, atol=1e-6, err_msg=name)
        if name.endswith(("moving_mean", "moving_variance")):
            np.testing.assert_array_equal(value, before[name], err_msg=name)
    kernel = next(name for name in before if name.endswith("texture/to_image/kernel"))
    assert np.ptp(weights(one)[kernel] - before[kernel]) > 0


def test_compiled_with_xla(
    make_trainer: Callable[..., CGNTrainer], batches: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as the commands have it, under which Keras' own setting would be turned off
    tensorflow_config = importlib.import_module("tensorflow.python.framework.config")
    monkeypatch.setattr(tensorflow_config, "is_op_determinism_enabled", lambda: True)
    plain, compiled = make_trainer(ema_decay=0.9), make_trainer(ema_decay=0.9)
    before = weights(plain)
    run(plain, batches, 0, 1)
    compiled.jit_compile = True
    run(compiled, batches, 0, 1)
    for name, value in weights(plain).items():
        moved = np.linalg.norm(value - before[name])
        # a parameter before an instance norm has no gradient but rounding
        assert np.linalg.norm(weights(compiled)[name] - value) <= 0.01 * moved + 1e-4, name


def test_a_stop_between_steps(make_trainer: Callable[..., CGNTrainer], batches: Any, tmp_path: Path) -> None:
    record, interrupts = Record(), Interrupts()
    # requested by the last callback of step 2, when the checkpointer of that step has gone by
    asks = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(interrupts, "requested", "SIGTERM" if batch == 1 else None)
    )
    saver = Checkpointer(tmp_path, every=100)
    assert run(make_trainer(), batches, 0, 50, saver, record, asks, StopWhenAsked(interrupts)) == 2
    assert record.calls == [("start", 0, 50), 1, 2, ("finish", 2), "close"]
    assert available(tmp_path) == [2]


def test_every_callback_is_closed(make_trainer: Callable[..., CGNTrainer], batches: Any) -> None:
    records = [Record(fail_at=1, fail_to_close=True), Record()]
    with pytest.raises(OSError, match="disk full"):
        run(make_trainer(), batches, 0, 1, *records)
    assert records[0].calls == [("start", 0, 1), 1, "close"]
    assert records[1].calls == [("start", 0, 1), "close"]
