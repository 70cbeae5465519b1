"""Scalars for TensorBoard."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.training.callbacks.periodic import PeriodicCallback
from cgn_tf.training.callbacks.tags import tag
from cgn_tf.training.mean_logs import MeanLogs

RUN = "train"
"""TensorBoard's run of the scalars, as Keras names it."""


class TensorBoard(PeriodicCallback):
    """Writes the mean of every log over each interval, and the number of images per second, to an event file.

    The event file goes to `LOGDIR/train`. Names of charts are those of `tags`: losses stand first. A resumed run adds a
    file to the same directory; TensorBoard shows the newer values of steps that were run again.

    Args:
        logdir: directory of TensorBoard; made where it is missing.
        every: steps of an interval.
        config: shown as text; None: nothing is.
        clock: seconds, increasing.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        every: int = 100,
        config: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(every)
        self.logdir = Path(logdir) / RUN
        self.config = config
        self._clock = clock
        self._writer: tf.summary.SummaryWriter | None = None
        self._interval_start, self._interval_time = 0, 0.0
        self._means = MeanLogs()

    def start(self, step: int, last_step: int) -> None:
        super().start(step, last_step)
        self._writer = tf.summary.create_file_writer(str(self.logdir))
        if self.config is not None:
            text = json.dumps(self.config, indent=2, default=str)
            with self._writer.as_default(step=step):
                tf.summary.text(
                    "configuration", "\n".join(f"    {line}" for line in text.splitlines())
                )  # Markdown's code
        self._begin_interval(step)

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        self._means.add(logs, step - self._step)
        super().after_step(step, logs)

    def on_due(self, step: int) -> None:
        if self._writer is None:
            raise RuntimeError("TensorBoard.start must be called before its steps.")
        elapsed = max(self._clock() - self._interval_time, 1e-9)
        with self._writer.as_default(step=step):
            images = (step - self._interval_start) * self.model.batch_size
            for name, value in (self._means.means() | {"images_per_second": images / elapsed}).items():
                tf.summary.scalar(tag(name), value)
        self._writer.flush()
        self._begin_interval(step)

    def close(self) -> None:
        if self._writer is None:
            return
        try:
            if self._means.means():
                self.on_due(self._step)
        finally:
            writer, self._writer = self._writer, None
            writer.close()

    def _begin_interval(self, step: int) -> None:
        self._interval_start, self._interval_time = step, self._clock()
        self._means = MeanLogs()
