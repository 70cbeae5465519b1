from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from cgn_tf.generation.prefetch import prefetch


def test_results_come_with_their_tasks_in_order() -> None:
    assert list(prefetch(lambda number: number * number, range(7))) == [(n, n * n) for n in range(7)]
    assert list(prefetch(lambda number: number, [])) == []


def test_the_next_result_is_made_while_one_is_used() -> None:
    made = threading.Event()

    def make(number: int) -> int:
        if number == 2:
            made.set()
        return number

    results = prefetch(make, range(5), buffer_size=2)
    assert next(results) == (0, 0)
    assert made.wait(10)  # though only the first was asked for


def test_an_error_is_raised_where_its_result_is_due() -> None:
    def make(number: int) -> float:
        return 1 / (2 - number)

    results = prefetch(make, range(5))
    assert [next(results), next(results)] == [(0, 0.5), (1, 1.0)]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_tasks_are_not_taken_far_ahead() -> None:
    taken = []

    def tasks() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    results = prefetch(lambda number: number, tasks(), buffer_size=2)
    next(results)
    assert taken == [0, 1, 2]
    results.close()
    assert taken == [0, 1, 2]
