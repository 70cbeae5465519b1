"""`fit` with callbacks of Keras: what they are called with and may do, and that a run in parts is the whole one."""

from __future__ import annotations

import csv
import math
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.checkpoints import CheckpointError
from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.callbacks.periodic import PeriodicCallback
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.training_batches import TrainingBatches
from tests.training.quick_trainer import QuickTrainer, counted

KERAS_AND_NUMPY = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
"""What callbacks of Keras that read a learning rate do with NumPy 2."""


class Record(keras.callbacks.Callback):
    """A user's callback, which writes down what it is called with."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.calls.append("begin")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.calls.append(f"epoch {epoch}")

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.calls.append(batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls.append((batch, logs["raw/batch"]))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.calls.append((f"epoch {epoch}", logs["raw/batch"]))

    def on_train_end(self, logs: Any = None) -> None:
        self.calls.append("end")


def values(trainer: CGNTrainer) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for group in trainer.state().values() for name, value in group.items()}


@KERAS_AND_NUMPY
def test_twenty_steps_and_twenty_are_forty(
    make_trainer: Callable[..., CGNTrainer], batches: TrainingBatches, tmp_path: Path
) -> None:
    def callbacks() -> list[keras.callbacks.Callback]:
        counted = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"]))
        return [keras.callbacks.TensorBoard(tmp_path / "logs", update_freq=1), counted]

    seen: list[float] = []
    small = {"discriminator": False, "rates": (0.01, 0.02, 0.03)}
    whole = make_trainer(**small, ema_decay=0.9)
    whole.fit(batches, steps=40, callbacks=callbacks(), verbose=0)
    expected, seen = seen, []
    parts = make_trainer(**small, ema_decay=0.9)
    for steps in (13, 7):
        parts.fit(batches, steps=steps, callbacks=callbacks(), verbose=0)
    parts.save_weights(tmp_path / "half.weights.h5")
    parts.fit(batches, steps=20, callbacks=callbacks(), verbose=0)
    assert seen == expected
    assert np.isfinite(seen).all()
    assert len(expected) == whole.steps_done == parts.steps_done == 40
    assert set(whole.state()) == {"model", "ema", "training"}
    assert values(whole) == values(parts)
    assert list((tmp_path / "logs" / "train").iterdir())
    parts.load_weights(tmp_path / "half.weights.h5")
    assert parts.steps_done == 20
    assert values(whole) != values(parts)
    parts.fit(batches, steps=20, verbose=0)
    assert values(whole) == values(parts)
    with pytest.raises(CheckpointError, match=r"half\.weights\.h5"):
        make_trainer(**small).load_weights(tmp_path / "half.weights.h5")


def test_what_callbacks_are_called_with() -> None:
    trainer, record = QuickTrainer(), Record()
    history = trainer.fit(counted(), steps=6, callbacks=record, verbose=0)
    assert record.calls == [
        "begin",
        "epoch 0", 0, (0, 0.0), 1, (1, 1.0), 2, (2, 2.0), 3, (3, 3.0), ("epoch 0", 1.5),
        "epoch 1", 0, (0, 4.0), 1, (1, 5.0), ("epoch 1", 4.5),
        "end",
    ]  # fmt: skip
    assert history is trainer.history
    assert history.epoch == [0, 1]
    assert history.history["raw/batch"] == [1.5, 4.5]
    assert history.history["loss"] == history.history["loss/total"] == [2.5, 12.5]
    assert history.params == {"verbose": 0, "epochs": 2, "steps": 4, "last_step": 6}
    record.calls.clear()
    assert trainer.fit(counted(), callbacks=[record], verbose=0).epoch == [1, 2]
    assert record.calls[1:4] == ["epoch 1", 2, (2, 6.0)]
    assert trainer.steps_done == 10
    assert trainer.weight.numpy() == sum(range(10))


def test_groups_of_steps_pass_the_end_of_an_epoch() -> None:
    trainer, record = QuickTrainer(), Record()
    trainer.steps_per_execution = 3
    trainer.fit(counted(), callbacks=record, verbose=0)
    assert record.calls == [
        "begin", "epoch 0", 0, (2, 1.0), 3, (5, 4.0), ("epoch 0", 2.5),
        "epoch 1", 2, (4, 7.0), ("epoch 1", 7.0), "epoch 2", 1, (1, 9.0), ("epoch 2", 9.0), "end",
    ]  # fmt: skip


def test_epochs_and_steps() -> None:
    trainer = QuickTrainer()
    trainer.fit(counted(), epochs=1, verbose=0)
    assert trainer.steps_done == 4
    trainer.fit(counted(), steps=1, verbose=0)
    trainer.fit(counted(), epochs=2, steps_per_epoch=3, verbose=0)
    assert trainer.steps_done == 9
    trainer.fit(counted(), verbose=0)
    with pytest.raises(ValueError, match=r"has done 10 of 10; give `steps=N` for N further ones"):
        trainer.fit(counted(), verbose=0)
    trainer.fit(counted(), steps=2, verbose=0)
    assert trainer.steps_done == 12
    with pytest.raises(ValueError, match="the 10 steps that the schedules are made for, got 13"):
        trainer.fit(counted(has_end=True), steps=1, verbose=0)


def test_a_data_set_of_the_user() -> None:
    trainer = QuickTrainer()
    five = tf.data.Dataset.range(5)
    assert trainer.fit(five, epochs=2, verbose=0).history["raw/batch"] == [2.0, 2.0]
    assert trainer.fit(five, steps_per_epoch=3, verbose=0).history["raw/batch"] == [0.5]  # to the end of epoch 3
    assert trainer.steps_done == 12
    trainer.fit(five.repeat(), steps=2, steps_per_epoch=5, verbose=0)
    assert trainer.steps_done == 14


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"data": np.zeros(3)}, TypeError, "`build` of an experiment returns, or a tf.data.Dataset .* got ndarray"),
        ({"data": tf.data.Dataset.range(2).repeat()}, ValueError, "`steps_per_epoch`: expected a number"),
        ({"data": tf.data.Dataset.range(0)}, ValueError, "expected at least one batch, got an empty"),
        ({"steps": 0}, ValueError, "`steps`: expected at least 1, got 0"),
        ({"steps": 2.5}, TypeError, "`steps`: expected a whole number, got 2.5"),
        ({"steps_per_epoch": "3"}, TypeError, "`steps_per_epoch`: expected a whole number, got '3'"),
        ({"steps": 1, "epochs": 1}, ValueError, "`epochs=1` contradicts `steps=1`"),
        ({"callbacks": [print]}, TypeError, "callbacks: expected keras.callbacks.Callback, got builtin"),
        ({"verbose": 3}, ValueError, "`verbose`: expected one of 'auto', 0, 1, 2, got 3"),
        ({"callbacks": keras.callbacks.ModelCheckpoint("x.keras")}, ValueError, "ModelCheckpoint `save_weights_only"),
    ],
)  # fmt: skip
def test_what_is_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        QuickTrainer().fit(**{"data": counted(), "verbose": 0, **arguments})


def test_a_trainer_that_is_done_says_how_to_go_on() -> None:
    for has_end, advice in ((False, "give `steps=N` for N further ones"), (True, "build the experiment with more `s")):
        trainer = QuickTrainer()
        trainer.fit(counted(has_end=has_end), verbose=0)
        with pytest.raises(ValueError, match=f"has done 10 of 10; {advice}"):
            trainer.fit(counted(has_end=has_end), verbose=0)


def test_weights_of_another_trainer_change_nothing() -> None:
    trainer = QuickTrainer()
    before = trainer.get_weights()
    for wrong in (before[:1], [*before[:-1], np.zeros((3, 3))]):
        with pytest.raises(ValueError, match=f"^weights: expected what .* {len(before)} arrays, got {len(wrong)}"):
            trainer.set_weights([value + 1 for value in wrong])
        for one, same in zip(trainer.get_weights(), before, strict=True):
            np.testing.assert_array_equal(one, same)


def test_several_optimizers_have_no_rate_in_common() -> None:
    trainer = QuickTrainer(optimizers=2)
    for touch in (lambda: trainer.optimizer.learning_rate, lambda: setattr(trainer.optimizer, "learning_rate", 1.0)):
        with pytest.raises(AttributeError, match="each part of this model has an optimizer with a rate of its own"):
            touch()


def test_callbacks_that_stop() -> None:
    trainer = QuickTrainer()
    stopping = keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)
    history = trainer.fit(counted(100), callbacks=[stopping], verbose=0)
    assert history.epoch == [0, 1]
    assert trainer.weight.numpy() == 6  # of the epoch whose loss was least
    trainer = QuickTrainer()
    trainer.weight.assign(math.nan)
    trainer.fit(counted(), callbacks=[keras.callbacks.TerminateOnNaN()], verbose=0)
    assert trainer.steps_done == 1


@KERAS_AND_NUMPY
def test_callbacks_that_write(tmp_path: Path) -> None:
    trainer = QuickTrainer()
    saving = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True)
    trainer.fit(counted(), callbacks=[keras.callbacks.CSVLogger(tmp_path / "x.csv"), saving], verbose=0)
    with open(tmp_path / "x.csv", newline="") as file:
        rows = [(row["epoch"], float(row["raw/batch"])) for row in csv.DictReader(file)]
    assert rows == [("0", 1.5), ("1", 5.5), ("2", 8.5)]
    other = QuickTrainer()
    other.load_weights(tmp_path / "2.weights.h5")
    assert (other.steps_done, other.weight.numpy()) == (8, 28)
    with pytest.raises(NotImplementedError, match=r"x.keras: a trainer is saved by its weights"):
        trainer.save(tmp_path / "x.keras")
    with pytest.raises(ValueError, match=r"expected a name that ends in .weights.h5"):
        trainer.save_weights(tmp_path / "x.h5")


def test_backup_and_restore(tmp_path: Path) -> None:
    def dies(batch: int, logs: Any) -> None:
        if trainer.steps_done == 6:
            raise RuntimeError("the user's own")

    def backup() -> keras.callbacks.Callback:
        return keras.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=5)

    trainer = QuickTrainer()
    failing = keras.callbacks.LambdaCallback(on_train_batch_end=dies)
    with pytest.raises(RuntimeError, match="the user's own") as raised:
        trainer.fit(counted(), callbacks=[backup(), failing], verbose=0)
    assert raised.traceback[-1].name == "dies"
    again, record = QuickTrainer(), Record()
    again.fit(counted(), callbacks=[backup(), record], verbose=0)
    assert record.calls[1:4] == ["epoch 1", 1, (1, 5.0)]
    assert again.weight.numpy() == 45


@KERAS_AND_NUMPY
@pytest.mark.parametrize("optimizers", [1, 2])
def test_learning_rates(optimizers: int) -> None:
    trainer = QuickTrainer(optimizers)
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    history = trainer.fit(counted(), epochs=2, callbacks=[scheduler], verbose=0)
    assert history.history["learning_rate"] == [0.5, 0.25]
    assert {float(one.learning_rate) for one in trainer.own} == {0.25}
    trainer = QuickTrainer(optimizers)
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1)
    trainer.fit(counted(100), epochs=3, callbacks=[plateau], verbose=0)
    assert {float(one.learning_rate) for one in trainer.own} == {0.25}


def test_ours_are_closed_whatever_happens() -> None:
    class Own(PeriodicCallback):
        calls: list[Any]

        def start(self, step: int, last_step: int) -> None:
            super().start(step, last_step)
            self.calls = [(step, last_step)]

        def on_due(self, step: int) -> None:
            self.calls.append(step)

        def close(self) -> None:
            self.calls.append("close")

    own, trainer = Own(4), QuickTrainer()
    trainer.fit(counted(), steps=3, callbacks=own, verbose=0)
    assert own.calls == [(0, 3), 3, "close"]
    trainer.fit(counted(), callbacks=own, verbose=0)  # due at the same multiples
    assert own.calls == [(3, 10), 4, 8, 10, "close"]

    def interrupted(batch: int, logs: Any) -> None:
        raise KeyboardInterrupt

    asked = keras.callbacks.LambdaCallback(on_train_batch_end=interrupted)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(counted(), steps=9, callbacks=[own, asked], verbose=0)
    assert own.calls == [(10, 19), "close"]
    assert trainer.steps_done == 11


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT as in a program at a terminal: a shell starts those in the background with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_behind_a_step() -> None:
    trainer, record = QuickTrainer(), Record()

    def ctrl_c(batch: int, logs: Any) -> None:
        if batch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    asked = keras.callbacks.LambdaCallback(on_train_batch_begin=ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(counted(), callbacks=[record, asked], verbose=0)
    assert record.calls[-4:] == [2, (2, 2.0), ("epoch 0", 1.0), "end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    trainer.fit(counted(), verbose=0)
    assert (trainer.steps_done, trainer.weight.numpy()) == (10, 45)


def test_ours_need_a_trainer_that_counts_its_steps() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="expected fit of a CGNTrainer or a ClassifierTrainer, got that of a Sequ"):
        model.fit(np.zeros((1, 1)), np.zeros((1, 1)), callbacks=[Callback()], verbose=0)


def test_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    QuickTrainer().fit(counted())
    assert "step 10 of 10" in capsys.readouterr().err
    QuickTrainer().fit(counted(), verbose=2)
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.count("raw/batch: 1.5") == 1
    assert [line.split(" - ")[0] for line in captured.out.splitlines() if "raw" in line] == ["4/4", "4/4", "2/2"]
    QuickTrainer().fit(counted(), verbose=0)
    assert capsys.readouterr() == ("", "")
