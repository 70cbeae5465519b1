"""Sample grids while training, as PNG files and in TensorBoard."""

from __future__ import annotations

import os
from pathlib import Path

import tensorflow as tf

from cgn_tf.render.png import write_png
from cgn_tf.training.callbacks.periodic import PeriodicCallback
from cgn_tf.training.samples import samples_of

RUN = "sample_grids"
"""TensorBoard's run of the pictures: it may follow only the newest file of a run, and the scalars are that one.

Their charts are a group of the same name, which stands behind the losses.
"""


class SampleGrids(PeriodicCallback):
    """Writes `DIRECTORY/<name>_step_00001000.png` and the same images to TensorBoard; also at the last step.

    The pictures are those of the trainer's generator at noise that is the same at every step.

    Args:
        directory: of the PNG files; made where it is missing.
        every: steps from one sample grid to the next.
        logdir: of TensorBoard; None: PNG files alone.
    """

    def __init__(
        self, directory: str | os.PathLike[str], every: int = 1_000, logdir: str | os.PathLike[str] | None = None
    ) -> None:
        super().__init__(every)
        self.directory = Path(directory)
        self.logdir = None if logdir is None else Path(logdir) / RUN
        self._writer: tf.summary.SummaryWriter | None = None

    def start(self, step: int, last_step: int) -> None:
        super().start(step, last_step)
        samples_of(self.model)  # another kind of trainer is refused before the first step
        self.directory.mkdir(parents=True, exist_ok=True)
        if self.logdir is not None:
            self._writer = tf.summary.create_file_writer(str(self.logdir))

    def on_due(self, step: int) -> None:
        pictures = samples_of(self.model).pictures()
        for name, sample_grid in pictures.grids.items():
            write_png(self.directory / f"{name}_step_{step:08d}.png", sample_grid)
        if self._writer is None:
            return
        with self._writer.as_default(step=step):
            for name, card in pictures.cards.items():
                tf.summary.image(f"{RUN}/{name}", card[None])
        self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()
