"""What the training loop calls around its steps."""

from __future__ import annotations

from collections.abc import Mapping


class Callback:
    """Does nothing; subclasses override what they need.

    The loop calls `start` once, `after_step` after every group of optimizer steps, `finish` where training ends as
    planned or as asked, and `close` always, also after an error.
    """

    def start(self, step: int, last_step: int) -> None:
        """Training begins or goes on with `step` steps finished; it ends when `last_step` are."""

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        """`step` steps are finished; `logs` holds means over the last group of steps (`raw/style`: 0.3, …)."""

    def finish(self, step: int) -> None:
        """No more steps will be made in this process: all are done, or a stop was requested."""

    def close(self) -> None:
        """Training has ended, for whatever reason."""


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
