"""Images made so far, on a terminal or in a log file."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self, TextIO

from tqdm import tqdm


class ImageProgress:
    """A bar with images/s and time left; one line every `seconds` where the stream is no terminal.

    Args:
        total: images of this process.
        done: those that were there before; they do not count in the rate.
        seconds: between two lines, without a terminal.
        stream: where to write; None: standard error.
    """

    def __init__(self, total: int, done: int, seconds: float = 10.0, stream: TextIO | None = None) -> None:
        self._output = stream or sys.stderr
        self._total, self._done, self._initial = total, done, done
        self._seconds = seconds
        self._start = self._written = time.monotonic()
        self._bar = (
            tqdm(initial=done, total=total, unit=" images", file=self._output, dynamic_ncols=True, unit_scale=True)
            if self._output.isatty()
            else None
        )

    def advance(self, images: int) -> None:
        """Counts images that were made."""
        self._done += images
        if self._bar is not None:
            self._bar.update(images)
        elif self._done == self._total or time.monotonic() - self._written >= self._seconds:
            self._write_line()

    def leave_out(self, images: int) -> None:
        """Takes images out of the total, because another process makes them."""
        self._total -= images
        if self._bar is not None:
            self._bar.total = self._total
            self._bar.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def _write_line(self) -> None:
        self._written = time.monotonic()
        line = tqdm.format_meter(
            self._done, self._total, self._written - self._start, unit=" images", initial=self._initial, ncols=0
        )
        print(line.strip(), file=self._output, flush=True)
