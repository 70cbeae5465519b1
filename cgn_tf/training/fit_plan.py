"""From the arguments of `fit` to the steps that it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from cgn_tf.training.own_batches import of_batch_size
from cgn_tf.training.training_batches import TrainingBatches

if TYPE_CHECKING:  # a trainer plans its steps with what stands here
    from cgn_tf.training.trainer import Trainer


class FitPlan(NamedTuple):
    """What a call of `fit` does.

    Attributes:
        last_step: number of steps that are done in the end, those before the call among them.
        steps_per_epoch: steps of an epoch; epoch e begins when e times as many are done.
        batches: number of steps done and strategy → batches of the steps that follow.
    """

    last_step: int
    steps_per_epoch: int
    batches: Callable[[int, tf.distribute.Strategy], Any]


def plan_fit(
    data: Any,
    trainer: Trainer,
    *,
    epochs: int | None = None,
    steps: int | None = None,
    steps_per_epoch: int | None = None,
) -> FitPlan:
    """The plan of a call of `fit` of a trainer; see `Trainer.fit` for the other arguments.

    Raises:
        TypeError: data of another kind, or numbers that are not whole.
        ValueError: numbers below 1, `epochs` beside `steps`, none of the two for data without a length, no steps left
            to do, or batches of another size than the trainer's.
    """
    done = trainer.steps_done
    for name, value in (("epochs", epochs), ("steps", steps), ("steps_per_epoch", steps_per_epoch)):
        if value is not None and not isinstance(value, (int, np.integer)):
            raise TypeError(f"`{name}`: expected a whole number, got {value!r}.")
        if value is not None and value < 1:
            raise ValueError(f"`{name}`: expected at least 1, got {value}.")
    if epochs is not None and steps is not None:
        raise ValueError(f"`epochs={epochs}` contradicts `steps={steps}`: give one of them.")
    if isinstance(data, TrainingBatches):
        epoch = steps_per_epoch or data.steps_per_epoch
        last = _last(done, epoch, epochs, steps)
        if last is None and done >= data.steps:
            further = "build the experiment with more `steps`" if data.has_end else "give `steps=N` for N further ones"
            raise ValueError(
                f"fit: expected steps to be left to do, got a trainer that has done {done} of {data.steps}; {further}."
            )
        if last is not None and last > data.steps and data.has_end:
            raise ValueError(
                f"fit: expected at most the {data.steps} steps that the schedules are made for, got {last}; build the "
                "experiment with more `steps`."
            )
        return FitPlan(data.steps if last is None else last, epoch, data.distributed)
    if not isinstance(data, tf.data.Dataset):
        raise TypeError(
            "data: expected what `build` of an experiment returns, or a tf.data.Dataset of batches, got "
            f"{type(data).__name__}."
        )
    size = int(data.cardinality())  # negative: endless, or not known
    if size == 0:
        raise ValueError("data: expected at least one batch, got an empty tf.data.Dataset.")
    epoch = steps_per_epoch or size
    if epoch < 1:
        raise ValueError("`steps_per_epoch`: expected a number for a tf.data.Dataset of unknown length, got none.")
    last = _last(done, epoch, 1 if epochs is None and steps is None else epochs, steps)
    held = of_batch_size(data, trainer.batch_size)
    # a pass that is over begins anew
    endless = held if size == tf.data.INFINITE_CARDINALITY else held.repeat()

    def batches(done: int, strategy: tf.distribute.Strategy) -> Any:
        del done  # the data of a user begin where they begin
        return endless if strategy.num_replicas_in_sync == 1 else strategy.experimental_distribute_dataset(endless)

    return FitPlan(done if last is None else last, epoch, batches)


def _last(done: int, steps_per_epoch: int, epochs: int | None, steps: int | None) -> int | None:
    """Where so many further epochs or steps end; None where neither is given."""
    if epochs is not None:
        return (done // steps_per_epoch + epochs) * steps_per_epoch
    return None if steps is None else done + steps
