"""Ends a training between two steps when the process is asked to end."""

from __future__ import annotations

from collections.abc import Mapping

from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.interrupts import Interrupts


class StopWhenAsked(Callback):
    """Stops a training once a signal has come; put it behind all others.

    Args:
        interrupts: notes the signals.
    """

    chief_only = False

    def __init__(self, interrupts: Interrupts) -> None:
        super().__init__()
        self._interrupts = interrupts

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        if self._interrupts.requested is not None:
            self.model.stop_training = True
