from __future__ import annotations

import time

import pytest

from cgn_tf.training.waiting import Waiting, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (9.6, "10 s"),
        (60, "1 min 0 s"),
        (70, "1 min 10 s"),
        (3600, "1 h 0 min 0 s"),
        (7384, "2 h 3 min 4 s"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_what_takes_long_is_told_until_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    now = iter([100.0, 110.0, 170.0, *[500.0] * 10_000])
    with Waiting("loading", told.append, seconds=0.001, clock=lambda: next(now)):
        while len(told) < 2:
            time.sleep(0.001)
    count = len(told)
    time.sleep(0.01)
    assert len(told) == count
    assert told[:2] == ["loading (10 s so far)", "loading (1 min 10 s so far)"]
    assert capsys.readouterr().err == ""


def test_what_is_quick_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    with Waiting("loading"):
        pass
    assert capsys.readouterr().err == ""


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    asked = []

    def tell(line: str) -> None:
        asked.append(line)
        raise BrokenPipeError

    with Waiting("loading", tell, seconds=0.001):
        while len(asked) < 2:
            time.sleep(0.001)
