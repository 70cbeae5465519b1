"""Lets a run end between two steps when it is asked to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any, Self


class Interrupts:
    """Within the `with` block SIGTERM and SIGINT (Ctrl-C) only set `requested`, which is read between steps.

    A SIGINT that comes when a stop is already requested raises KeyboardInterrupt at once. The former handlers come
    back at the end of the block. Python admits signal handlers in its main thread only; in another thread the block
    leaves signals alone and `requested` stays None.

    Args:
        signals: those that are taken.

    Example:
        >>> with Interrupts() as interrupted:
        ...     while interrupted.requested is None:
        ...         train_step()
    """

    def __init__(self, signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGINT)) -> None:
        self.signals = tuple(signals)
        self.requested: str | None = None
        """Name of the first signal that came ("SIGTERM", "SIGINT"), or None."""
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self.requested = None
        if threading.current_thread() is threading.main_thread():
            self._former = {number: signal.signal(number, self._handle) for number in self.signals}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            # None: a handler that was not installed from Python and cannot be put back
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._former = {}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested is None:
            self.requested = signal.Signals(number).name
        elif number == signal.SIGINT:
            raise KeyboardInterrupt


def whole_steps() -> Interrupts:
    """For a loop in a program of the user: Ctrl-C ends it between two steps, so that what is done is what is counted.

    A handler that the program has put in place of Python's own is left alone.
    """
    is_own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return Interrupts([signal.SIGINT] if is_own else [])
