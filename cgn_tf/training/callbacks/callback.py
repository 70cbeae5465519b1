"""Callbacks that count the steps of a run instead of the batches of an epoch."""

from __future__ import annotations

from collections.abc import Mapping

import keras


class Callback(keras.callbacks.Callback):
    """Does nothing; subclasses override what they need.

    `fit` of a trainer calls `start` once, `after_step` after every group of optimizer steps, `finish` where training
    ends as planned or as asked, and, which Keras does not, `close` always, also after an error.

    Attributes:
        chief_only: whether, of several processes, the chief alone calls it: one that writes or shows something.
    """

    chief_only = True

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Calls `start`.

        Raises:
            TypeError: in `fit` of another model than `CGNTrainer` or `ClassifierTrainer`, which does not count steps.
        """
        if "last_step" not in (self.params or {}):
            raise TypeError(
                f"{type(self).__name__}: expected fit of a CGNTrainer or a ClassifierTrainer, got that of a "
                f"{type(self.model).__name__}, which does not count its steps."
            )
        self.start(self.model.steps_done, self.params["last_step"])

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Calls `after_step`."""
        # "loss" is "loss/total" under the name that callbacks of Keras look for
        own = {name: value for name, value in (logs or {}).items() if name != "loss"}
        self.after_step(self.model.steps_done, own)

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Calls `finish`."""
        self.finish(self.model.steps_done)

    def start(self, step: int, last_step: int) -> None:
        """Training begins or goes on with `step` steps finished; it ends when `last_step` are."""

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        """`step` steps are finished; `logs` holds means over the last group of steps (`raw/style`: 0.3, …)."""

    def finish(self, step: int) -> None:
        """No more steps will be made in this process: all are done, or a stop was requested."""

    def close(self) -> None:
        """Training has ended, for whatever reason."""
