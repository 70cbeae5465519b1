"""How long calls take, measured in rounds so that whatever slows the machine for a while slows all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


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


def warm_up(call: Callable[[], object], times: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Calls it so many times without measuring: the first time it is traced. Returns the seconds of the first call."""
    begin = clock()
    call()
    first = clock() - begin
    for _ in range(times - 1):
        call()
    return first


def durations(
    call: Callable[[], object], seconds: float, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Calls it until `seconds` have passed, at least once; the seconds of every call."""
    begin = now = clock()
    found: list[float] = []
    while not found or now - begin < seconds:
        before = now
        call()
        now = clock()
        found.append(now - before)
    return found


def measure(
    cases: Mapping[str, Callable[[], object]],
    seconds: float,
    repeats: int,
    log: Callable[[str], None] = lambda message: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Measures each call for `seconds`, all of them in turn, and that `repeats` times.

    At each turn a first call is not counted: caches are cold, and pipelines have prepared data meanwhile.

    Args:
        cases: what to measure, by name; warmed up.
        seconds: of measuring each in each round.
        repeats: rounds, at least 1.
        log: is told the median of every case in every round.
        clock: in seconds.
    """
    rounds: dict[str, list[list[float]]] = {name: [] for name in cases}
    for number in range(1, repeats + 1):
        for name, call in cases.items():
            call()
            rounds[name].append(durations(call, seconds, clock))
            log(f"round {number} of {repeats}: {name}: {statistics.median(rounds[name][-1]) * 1e3:.4g} ms a call")
    return {name: summarised(found) for name, found in rounds.items()}


def summarised(rounds: Sequence[Sequence[float]]) -> Timing:
    """The durations of some rounds, none of them empty, in figures."""
    every = [duration for one in rounds for duration in one]
    return Timing(len(every), statistics.median(every), min(every), [statistics.median(one) for one in rounds])
