"""Means of logs over many steps."""

from __future__ import annotations

from collections.abc import Mapping


class MeanLogs:
    """Means over steps: the logs of a group stand for all its steps, and a log may be missing from some groups."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._steps: dict[str, int] = {}

    def add(self, logs: Mapping[str, float], steps: int) -> None:
        """Counts the means over a group of `steps`."""
        for name, value in logs.items():
            self._sums[name] = self._sums.get(name, 0.0) + steps * float(value)
            self._steps[name] = self._steps.get(name, 0) + steps

    def means(self) -> dict[str, float]:
        """Name → mean over the steps that had it."""
        return {name: total / self._steps[name] for name, total in self._sums.items()}
