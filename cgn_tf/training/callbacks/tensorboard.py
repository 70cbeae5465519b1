"""Scalars for TensorBoard."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

import tensorflow as tf

from cgn_tf.training.callbacks.callback import PeriodicCallback


class TensorBoard(PeriodicCallback):
    """Writes the mean of every log over each interval, and `images_per_second`, to an event file.

    A resumed run adds a file to the same directory; TensorBoard shows the newer values of steps that were run again.

    Args:
        logdir: directory of the event files; made where it is missing.
        every: steps of an interval.
        images_per_step: the global batch size.
        clock: seconds, increasing.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        every: int,
        images_per_step: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(every)
        self.logdir = os.fspath(logdir)
        self.images_per_step = images_per_step
        self._clock = clock
        self._writer: tf.summary.SummaryWriter | None = None
        self._interval_start, self._interval_time = 0, 0.0
        self._sums: dict[str, float] = {}
        self._steps: dict[str, int] = {}

    def start(self, step: int, last_step: int) -> None:
        super().start(step, last_step)
        self._writer = tf.summary.create_file_writer(self.logdir)
        self._begin_interval(step)

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        # A group's logs stand for all its steps, hence the weights. A log may be missing from some groups.
        steps = step - self._step
        for name, value in logs.items():
            self._sums[name] = self._sums.get(name, 0.0) + steps * float(value)
            self._steps[name] = self._steps.get(name, 0) + steps
        super().after_step(step, logs)

    def on_due(self, step: int) -> None:
        if self._writer is None:
            raise RuntimeError("TensorBoard.start must be called before its steps.")
        elapsed = max(self._clock() - self._interval_time, 1e-9)
        with self._writer.as_default(step=step):
            for name, total in self._sums.items():
                tf.summary.scalar(name, total / self._steps[name])
            images = (step - self._interval_start) * self.images_per_step
            tf.summary.scalar("images_per_second", images / elapsed)
        self._writer.flush()
        self._begin_interval(step)

    def close(self) -> None:
        if self._writer is None:
            return
        try:
            if self._sums:
                self.on_due(self._step)
        finally:
            writer, self._writer = self._writer, None
            writer.close()

    def _begin_interval(self, step: int) -> None:
        self._interval_start, self._interval_time = step, self._clock()
        self._sums, self._steps = {}, {}
