"""Tells what goes on where nothing is to be seen for long."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

SECONDS = 10.0


class Waiting:
    """Within the `with` block, every `seconds`, what goes on and for how long; nothing of what is done sooner.

    Args:
        what: goes on: "loading data and weights".
        tell: takes the line; None: it goes to stderr.
        seconds: between two lines.
        clock: seconds, increasing.

    Example:
        >>> with Waiting("loading data and weights"):
        ...     build()
        loading data and weights (10 s so far)
    """

    def __init__(
        self,
        what: str,
        tell: Callable[[str], None] | None = None,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._tell = tell or _to_stderr
        self._seconds = seconds
        self._clock = clock
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """The block begins."""
        self._began = self._clock()
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """The block ends, if it has begun; no line comes after it."""
        if self._thread is not None:
            thread, self._thread = self._thread, None
            self._ended.set()
            thread.join()

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            with contextlib.suppress(OSError):  # of a terminal that is gone: nobody would read it
                self._tell(f"{self._what} ({span(self._clock() - self._began)} so far)")


def span(seconds: float) -> str:
    """A time in words: 70 is "1 min 10 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((place for place, (number, _) in enumerate(parts) if number), 2)
    return " ".join(f"{number} {unit}" for number, unit in parts[first:])


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
