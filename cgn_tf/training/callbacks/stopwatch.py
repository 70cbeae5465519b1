"""The time that a run has trained, over all its processes."""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from cgn_tf.files.atomic import write_atomically
from cgn_tf.training.callbacks.periodic import PeriodicCallback


class Stopwatch(PeriodicCallback):
    """Keeps the seconds of training in a file, written with every checkpoint; put it behind the checkpointer.

    Steps that are made again, because a process was killed between two checkpoints, count once.

    Args:
        path: of the file.
        every: steps from one checkpoint to the next.
        clock: seconds, increasing.
    """

    def __init__(self, path: str | os.PathLike[str], every: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(every)
        self.path = Path(path)
        self._clock = clock
        self._before: float | None = 0.0
        self._began = 0.0

    def start(self, step: int, last_step: int) -> None:
        super().start(step, last_step)
        # a file without a checkpoint is of a run that begins anew
        self._before = read_seconds(self.path) if step else 0.0
        if self._before is None:
            warnings.warn(f"{self.path}: the time of the steps before {step} is not known.", stacklevel=2)
        self._began = self._clock()

    def on_due(self, step: int) -> None:
        if self._before is None:  # a sum without it would be too short
            return
        seconds: Mapping[str, float] = {"step": step, "seconds": round(self._before + self._clock() - self._began, 3)}
        write_atomically(self.path, (json.dumps(seconds) + "\n").encode())

    def finish(self, step: int) -> None:
        self.on_due(step)


def read_seconds(path: Path, step: int | None = None) -> float | None:
    """What `Stopwatch` wrote last; None where there is no such file, other content, or the time of another step.

    Args:
        path: of the file.
        step: whose time is wanted; None: of any.
    """
    try:
        noted = json.loads(path.read_bytes())
        return float(noted["seconds"]) if step in (None, noted["step"]) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None
