"""The training loop: batches → steps → callbacks, under any distribution strategy, resumable at any step."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow as tf

from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.trainer import Trainer


class StepRunner:
    """Optimizer steps as one call of the devices.

    Args:
        trainer: whose `train_step` each replica runs.
        strategy: in whose scope the trainer was made; None: the default, one device.
        jit: compile the step with XLA.
    """

    def __init__(self, trainer: Trainer, strategy: tf.distribute.Strategy | None = None, jit: bool = False) -> None:
        self._trainer = trainer
        self._strategy = strategy or tf.distribute.get_strategy()
        self._train_step = (
            tf.function(trainer.train_step, autograph=False, jit_compile=True) if jit else trainer.train_step
        )
        self._log_names: list[str] = []
        # of this object, since each has a trainer of its own to trace
        self._one = tf.function(self._next_step, autograph=False)
        self._several = tf.function(self._next_steps, autograph=False)

    def __call__(self, batches: Any, count: int, done: int = 0) -> dict[str, float]:
        """Makes `count` steps with the next `count` batches of an iterator; returns the mean of each log over them.

        `done` steps have been made before. All steps of one call are of the phase of the first: see `Phases`.
        """
        phase = self._trainer.phases.at(done)  # a Python number: each phase has a graph of its own
        values = self._one(batches, phase) if count == 1 else self._several(batches, tf.constant(count), phase)
        return dict(zip(self._log_names, values.numpy().tolist(), strict=True))

    def left_in_phase(self, done: int, stop: int) -> int:
        """How many of the steps from `done` to `stop` one call may make."""
        return self._trainer.phases.left(done, stop)

    def _next_step(self, batches: Any, phase: int) -> Any:
        return self._step(next(batches), phase)

    def _next_steps(self, batches: Any, count: Any, phase: int) -> Any:
        logs = tf.TensorArray(tf.float32, size=count)
        _, logs = tf.while_loop(
            lambda done, _: done < count,
            lambda done, logs: (done + 1, logs.write(done, self._step(next(batches), phase))),
            (tf.constant(0), logs),
        )
        return tf.reduce_mean(logs.stack(), axis=0)

    def _step(self, batch: Any, phase: int) -> Any:
        """One step; its logs as one tensor, so that reading them is one transfer."""
        settings = self._trainer.settings()  # before the step, which moves the schedules on
        shares = self._strategy.run(functools.partial(self._train_step, phase=phase), args=(batch,))
        # each replica holds its share of the global mean
        logs = {name: self._strategy.reduce(tf.distribute.ReduceOp.SUM, share, None) for name, share in shares.items()}
        logs |= settings
        self._log_names = sorted(logs)
        return tf.stack([tf.cast(logs[name], tf.float32) for name in self._log_names])


def run_steps(
    steps: StepRunner,
    batches: Iterable[Any],
    start: int,
    stop: int,
    callbacks: Sequence[Callback],
    stop_requested: Callable[[], bool] = lambda: False,
    steps_per_execution: int = 1,
) -> int:
    """Trains from step `start` (steps already done) until `stop` steps are done or a stop is requested.

    Args:
        steps: makes them.
        batches: data set of step `start` onwards, at least as many as are needed; under a strategy a distributed one.
        start: number of steps done before.
        stop: number of steps done in the end.
        callbacks: called in this order after every group of steps, and at the end; `close` is called for each whatever
            happens.
        stop_requested: asked after every group, by every process of a run.
        steps_per_execution: steps of a group; the last one, and the last of a phase, may be smaller.

    Returns:
        The number of steps done.
    """
    done = start
    try:
        for callback in callbacks:
            callback.start(start, stop)
        iterator = iter(batches)
        last = done >= stop
        while not last:
            count = min(steps_per_execution, steps.left_in_phase(done, stop))
            logs = steps(iterator, count, done)
            done += count
            for callback in callbacks:
                callback.after_step(done, logs)
            last = done >= stop or stop_requested()
        for callback in callbacks:
            callback.finish(done)
    finally:
        with contextlib.ExitStack() as closing:  # every one of them, also where closing one fails
            for callback in reversed(callbacks):
                closing.callback(callback.close)
    return done
