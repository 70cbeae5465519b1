"""How long calls take, measured in rounds so that whatever slows the machine for a while slows all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Work = Callable[[], object]
"""One call of what is measured; it returns when the result is there, not when a device has been told to make it."""


class Timing(NamedTuple):
    """Durations of one call, in seconds.

    Attributes:
        calls: how many were measured.
        median: of all calls.
        minimum: of all calls, what the machine can do when nothing disturbs it.
        round_medians: the median of each round; where they differ, the machine was not the same all the time.
    """

    calls: int
    median: float
    minimum: float
    round_medians: list[float]


def warm_up(work: Work, calls: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Calls `work` so often without measuring: the first time it is traced. Returns the seconds of the first call."""
    begin = clock()
    work()
    first = clock() - begin
    for _ in range(calls - 1):
        work()
    return first


def durations(work: Work, seconds: float, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Calls `work` until `seconds` have passed, at least once; the seconds of every call."""
    begin = now = clock()
    found: list[float] = []
    while not found or now - begin < seconds:
        before = now
        work()
        now = clock()
        found.append(now - before)
    return found


def measure(
    works: Mapping[str, Work],
    seconds: float,
    repeats: int,
    say: Callable[[str], None] = lambda message: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Measures each work for `seconds`, all of them in turn, and that `repeats` times.

    At each turn a first call is not counted: caches are cold, and pipelines have prepared data meanwhile.

    Args:
        works: what to measure, by name; warmed up.
        seconds: of measuring each in each round.
        repeats: rounds, at least 1.
        say: is told the median of every work in every round.
        clock: in seconds.
    """
    rounds: dict[str, list[list[float]]] = {name: [] for name in works}
    for number in range(1, repeats + 1):
        for name, work in works.items():
            work()
            rounds[name].append(durations(work, seconds, clock))
            say(f"round {number} of {repeats}: {name}: {statistics.median(rounds[name][-1]) * 1e3:.4g} ms a call")
    return {name: summarised(found) for name, found in rounds.items()}


def summarised(rounds: Sequence[Sequence[float]]) -> Timing:
    """The durations of some rounds, none of them empty, in figures."""
    every = [duration for one in rounds for duration in one]
    return Timing(len(every), statistics.median(every), min(every), [statistics.median(one) for one in rounds])
