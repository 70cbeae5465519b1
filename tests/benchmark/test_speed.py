from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from cgn_tf.benchmark.speed import Timing, durations, measure, summarised, warm_up


class Clock:
    """Time that only passes where a work says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def work(self, *seconds: float) -> Callable[[], None]:
        """A work whose calls take so long, one after the other and from the beginning again."""
        endless = itertools.cycle(seconds)

        def call() -> None:
            self.now += next(endless)

        return call


def test_calls_until_the_time_is_over() -> None:
    clock = Clock()
    assert durations(clock.work(0.25, 0.5), 1.0, clock) == [0.25, 0.5, 0.25]


def test_a_call_that_takes_longer_than_the_time_is_measured_once() -> None:
    clock = Clock()
    assert durations(clock.work(4.0), 1.0, clock) == [4.0]


def test_a_call_that_takes_no_time_is_measured_at_least_once() -> None:
    clock = Clock()
    steps = iter([0.0, 2.0])

    def work() -> None:
        clock.now += next(steps)

    assert durations(work, 1.0, clock) == [0.0, 2.0]


def test_warm_up_tells_the_first_call() -> None:
    clock = Clock()
    work = clock.work(3.0, 0.5, 0.5)
    assert warm_up(work, 3, clock) == 3.0
    assert clock.now == 104.0


def test_summary() -> None:
    assert summarised([[0.5, 0.25, 1.0], [2.0, 4.0]]) == Timing(5, 1.0, 0.25, [0.5, 3.0])


def test_rounds_go_over_all_works_in_turn_and_do_not_count_the_first_call() -> None:
    clock = Clock()
    calls: list[str] = []

    def noted(name: str, work: Callable[[], None]) -> Callable[[], None]:
        def call() -> None:
            calls.append(name)
            work()

        return call

    works = {"a": noted("a", clock.work(8.0, 0.25, 0.5)), "b": noted("b", clock.work(16.0, 1.0))}
    said: list[str] = []
    timings = measure(works, 0.75, 2, said.append, clock)
    assert calls == [*"aaabb", *"aaabb"]
    assert timings == {
        "a": Timing(4, 0.375, 0.25, [0.375, 0.375]),
        "b": Timing(2, 1.0, 1.0, [1.0, 1.0]),
    }
    assert said[:2] == ["round 1 of 2: a: 375 ms a call", "round 1 of 2: b: 1000 ms a call"]
    assert len(said) == 4


def test_a_slow_moment_is_seen_in_its_round() -> None:
    clock = Clock()
    timing = measure({"a": clock.work(9.0, 1.0, 9.0, 5.0)}, 1.0, 2, clock=clock)["a"]
    assert timing == Timing(2, pytest.approx(3.0), 1.0, [1.0, 5.0])
