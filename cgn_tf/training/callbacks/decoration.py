"""What a run can do without."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from cgn_tf.errors import without_place
from cgn_tf.training.callbacks.callback import Callback


class Decoration(Callback):
    """Lets another callback show or note something, and the run go on where the disk or a device refuses that.

    The first refusal is told in one line. The callback is called at the next steps as before, since the disk may have
    space again; one that could not start is only closed.

    Put it behind the checkpointer where what it writes takes time or space: a step is then saved first.

    Args:
        callback: shows or notes something; what it raises besides OSError and TensorFlow's errors is a defect, and
            ends the run.
        written: what it writes, in words: "sample grids".
        warn: takes the message.
    """

    def __init__(self, callback: Callback, written: str, warn: Callable[[str], None]) -> None:
        super().__init__()
        self._callback, self._written, self._warn = callback, written, warn
        self.chief_only = callback.chief_only
        self._step = 0
        self._started = self._told = False

    def set_params(self, params: Mapping[str, Any]) -> None:
        super().set_params(params)
        self._callback.set_params(params)

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        self._callback.set_model(model)

    def start(self, step: int, last_step: int) -> None:
        self._step = step
        self._started = self._attempt(lambda: self._callback.start(step, last_step))

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        self._step = step
        if self._started:
            self._attempt(lambda: self._callback.after_step(step, logs))

    def finish(self, step: int) -> None:
        if self._started:
            self._attempt(lambda: self._callback.finish(step))

    def close(self) -> None:
        self._attempt(self._callback.close)

    def _attempt(self, call: Callable[[], None]) -> bool:
        """Whether nothing refused."""
        try:
            call()
        except OSError as error:
            self._tell(error.strerror or str(error))
        except tf.errors.OpError as error:
            self._tell(without_place(error.message) or type(error).__name__)
        else:
            return True
        return False

    def _tell(self, reason: str) -> None:
        if self._told:
            return
        self._told = True
        reason = " ".join(reason.split())
        with contextlib.suppress(OSError):  # of a terminal that is gone: nobody would read it
            self._warn(f"warning: step {self._step}: {self._written} cannot be written ({reason}); training goes on.")
