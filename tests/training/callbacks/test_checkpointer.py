"""Saving and restoring a trainer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgn_tf import checkpoints
from cgn_tf.checkpoints.storage import NonFiniteError
from cgn_tf.training.callbacks.checkpointer import Checkpointer, restore
from cgn_tf.training.cgn_trainer import CGNTrainer

Make = Callable[..., CGNTrainer]


def checkpointer(trainer: CGNTrainer, directory: Path, every: int = 1, config: Any = None) -> Checkpointer:
    """One that `fit` of the trainer would call."""
    made = Checkpointer(directory, config, every=every, keep=2)
    made.set_model(trainer)
    return made


def no_damage(message: str) -> None:
    raise AssertionError(message)


def test_everything_comes_back(make_trainer: Make, make_batch: Callable[..., Any], tmp_path: Path) -> None:
    trainer, other = make_trainer(ema_decay=0.5), make_trainer(ema_decay=0.5)
    assert restore(other, tmp_path / "none", no_damage) == 0
    trainer.train_step(make_batch(1))
    checkpointer(trainer, tmp_path, config={"run": {"seed": 0}}).on_due(17)
    assert restore(other, tmp_path, no_damage) == other.steps_done == 17
    for group, variables in trainer.state().items():
        for name, variable in variables.items():
            np.testing.assert_array_equal(variable.numpy(), other.state()[group][name].numpy(), err_msg=name)


def test_the_moving_average_is_what_is_loaded(
    make_trainer: Make, make_batch: Callable[..., Any], tmp_path: Path
) -> None:
    trainer = make_trainer(ema_decay=0.5)
    trainer.train_step(make_batch(1))
    checkpointer(trainer, tmp_path).on_due(1)
    batch = make_batch()
    loaded = checkpoints.load(tmp_path)(batch["noise"], batch["label"]).image
    np.testing.assert_array_equal(loaded, trainer.generator(batch["noise"], batch["label"]).image)
    assert np.abs(np.asarray(loaded) - np.asarray(trainer.cgn(batch["noise"], batch["label"]).image)).max() > 0


def test_when_it_saves(make_trainer: Make, tmp_path: Path) -> None:
    saver = checkpointer(make_trainer(), tmp_path, every=10)
    saver.start(0, 100)
    for step in range(1, 34):
        saver.after_step(step, {})
    assert checkpoints.available(tmp_path) == [20, 30]
    saver.after_step(34, {})
    saver.finish(34)
    assert checkpoints.available(tmp_path) == [30, 34]
    saved = (tmp_path / "step_00000034" / "manifest.json").stat()
    saver.finish(34)  # which is saved
    assert (tmp_path / "step_00000034" / "manifest.json").stat() == saved


def test_weights_that_are_not_finite_are_not_saved(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer()
    saver = checkpointer(trainer, tmp_path, every=10)
    saver.on_due(10)
    bias = trainer.cgn.texture_mechanism.to_image.bias
    bias.assign([np.nan, 0, 0])
    with pytest.raises(NonFiniteError, match="to_image"):
        saver.on_due(20)
    assert checkpoints.available(tmp_path) == [10]


def test_another_kind_of_run(make_trainer: Make, tmp_path: Path) -> None:
    checkpointer(make_trainer(), tmp_path).on_due(1)
    with pytest.raises(checkpoints.CheckpointError, match=r"expected the groups \['ema', 'model', 'training'\]"):
        restore(make_trainer(ema_decay=0.5), tmp_path, no_damage)
