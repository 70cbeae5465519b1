"""Steps as calls of the devices, under any distribution strategy."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:  # a trainer makes its steps with what stands here
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
        self.jit = jit
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
