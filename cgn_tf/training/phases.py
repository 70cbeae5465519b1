"""Stretches of a run whose steps are one computation."""

from __future__ import annotations

import bisect
from collections.abc import Sequence


class Phases:
    """Phase i lasts from the i-th boundary to the next: a step there is another computation, with a graph of its own.

    Args:
        boundaries: numbers of finished steps, ascending, after which the next phase begins; none: one phase.
    """

    def __init__(self, boundaries: Sequence[int] = ()) -> None:
        self.boundaries = tuple(boundaries)

    def at(self, done: int) -> int:
        """The phase of the step that follows `done` finished steps."""
        return bisect.bisect_right(self.boundaries, done)

    def left(self, done: int, stop: int) -> int:
        """How many of the steps from `done` to `stop` are of the phase of the first one."""
        return min((end for end in self.boundaries if done < end < stop), default=stop) - done
