"""Sample grids while training, as PNG files and in TensorBoard."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from cgn_tf.render.png import write_png
from cgn_tf.training.callbacks.callback import PeriodicCallback


class SampleGrids(PeriodicCallback):
    """Writes `DIRECTORY/<name>_step_00001000.png` and the same picture to TensorBoard; also at the last step.

    The event file goes to `LOGDIR/sample grids`, a TensorBoard run of its own: TensorBoard may follow only the newest
    file of a run, and the scalars are that one.

    Args:
        make: draws the sample grids: name → uint8 [H, W, 3].
        directory: of the PNG files; made where it is missing.
        logdir: of TensorBoard.
        every: steps from one sample grid to the next.
    """

    def __init__(
        self,
        make: Callable[[], Mapping[str, np.ndarray]],
        directory: str | os.PathLike[str],
        logdir: str | os.PathLike[str],
        every: int,
    ) -> None:
        super().__init__(every)
        self._make = make
        self.directory = Path(directory)
        self.logdir = Path(logdir) / "sample_grids"
        self._writer: tf.summary.SummaryWriter | None = None

    def start(self, step: int, last_step: int) -> None:
        super().start(step, last_step)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._writer = tf.summary.create_file_writer(str(self.logdir))

    def on_due(self, step: int) -> None:
        if self._writer is None:
            raise RuntimeError("SampleGrids.start must be called before its steps.")
        sample_grids = self._make()
        for name, sample_grid in sample_grids.items():
            write_png(self.directory / f"{name}_step_{step:08d}.png", sample_grid)
        with self._writer.as_default(step=step):
            for name, sample_grid in sample_grids.items():
                tf.summary.image(name, sample_grid[None])
        self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()
