"""Callbacks that are due every so many steps."""

from __future__ import annotations

from collections.abc import Mapping

from cgn_tf.training.callbacks.callback import Callback


class PeriodicCallback(Callback):
    """Calls `on_due` whenever a multiple of `every` steps is reached or passed, and at the last step.

    Groups of steps need not end on a multiple; the first group end at or after it counts. The multiples are counted
    from step 0, so that a resumed run is due where an uninterrupted one is.

    Args:
        every: steps from one call to the next.

    Raises:
        ValueError: `every` is below 1.
    """

    def __init__(self, every: int) -> None:
        super().__init__()
        if every < 1:
            raise ValueError(f"every: expected at least 1 step, got {every}.")
        self.every = every
        self._step = 0
        self._last_step: int | None = None

    def start(self, step: int, last_step: int) -> None:
        self._step, self._last_step = step, last_step

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        due = step // self.every > self._step // self.every or step == self._last_step
        self._step = step
        if due:
            self.on_due(step)

    def on_due(self, step: int) -> None:
        """What to do after `step` finished steps."""
        raise NotImplementedError(f"{type(self).__name__} must define on_due(step).")
