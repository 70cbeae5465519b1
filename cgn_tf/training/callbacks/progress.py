"""Progress of a run on the terminal, or in a log file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from tqdm import tqdm

from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.waiting import Waiting

SHOWN = ("loss/total", "loss/discriminator", "mask/mean")
"""The figures shown beside the rate, as far as the logs have them."""


class Progress(Callback):
    """A bar with steps/s, time left and the main losses; one line every `seconds` where the stream is no terminal.

    Until the first step is done it says that the graph of the step is built, which takes minutes of a large network.

    Args:
        seconds: between two lines, without a terminal.
        shown: names of the logs to show.
        stream: where to write; None: standard error as it is when the run starts.
        clock: seconds, increasing.
    """

    def __init__(
        self,
        seconds: float = 10.0,
        shown: Sequence[str] = SHOWN,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.seconds = seconds
        self.shown = tuple(shown)
        self._stream = stream
        self._clock = clock
        self._bar: tqdm | None = None
        self._last_step = 0
        self._unwritten: tuple[int, Mapping[str, float]] | None = None
        self._written_step, self._written_at = 0, 0.0
        self._first_step = Waiting("building the graph of the training step", self._state, seconds, clock)

    def start(self, step: int, last_step: int) -> None:
        self._last_step = last_step
        self._written_step, self._written_at = step, self._clock()
        if self._output.isatty():
            self._bar = tqdm(initial=step, total=last_step, unit="step", file=self._output, dynamic_ncols=True)
        else:
            self.log(f"step {step} of {last_step}: start")
        if step < last_step:
            self._first_step.begin()

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        self._first_step.end()
        if self._bar is not None:
            self._bar.set_description_str(refresh=False)
            self._bar.set_postfix_str(_figures(logs, self.shown), refresh=False)
            self._bar.update(step - self._bar.n)
            return
        self._unwritten = step, logs
        if step == self._last_step or self._clock() - self._written_at >= self.seconds:
            self._write_line()

    def close(self) -> None:
        self._first_step.end()
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        self._write_line()

    def log(self, message: str) -> None:
        """Writes a line of its own without tearing the bar."""
        if self._bar is not None:
            self._bar.write(message, file=self._output)
        else:
            print(message, file=self._output, flush=True)

    def _state(self, text: str) -> None:
        if self._bar is not None:
            self._bar.set_description_str(text)
        else:
            self.log(text)

    @property
    def _output(self) -> TextIO:
        return self._stream or sys.stderr

    def _write_line(self) -> None:
        """Rate and time left are those since the last line: the first step, which compiles, soon drops out."""
        if self._unwritten is None:
            return
        (step, logs), now = self._unwritten, self._clock()
        elapsed = max(now - self._written_at, 1e-9)
        rate = (step - self._written_step) / elapsed
        left = tqdm.format_interval((self._last_step - step) / rate) if rate else "?"
        parts = [f"step {step} of {self._last_step}", f"{rate:.2f} steps/s", f"{left} left"]
        self.log("  ".join([*parts, _figures(logs, self.shown)]).rstrip())
        self._unwritten, self._written_step, self._written_at = None, step, now


def _figures(logs: Mapping[str, float], names: Sequence[str]) -> str:
    return "  ".join(f"{name} {logs[name]:.4g}" for name in names if name in logs)
