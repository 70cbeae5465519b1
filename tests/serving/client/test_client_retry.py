from __future__ import annotations

import pickle
import time

import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.serving.client import errors as client_errors
from cgn_tf.serving.client import retry as client_retry
from cgn_tf.serving.client.errors import ServingError, UnavailableError, error_of
from cgn_tf.serving.client.retry import Retry, call


class Clock:
    """Time that passes while somebody sleeps, and a second at each request."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *failures: str) -> None:
        self.now, self.waits, self.left = 100.0, list[float](), list[float]()
        self.failures = list(failures)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def ask(self, left: float) -> str:
        self.left.append(left)
        self.now += 1.0
        if self.failures:
            raise error_of("somebody", self.failures.pop(0), "why")
        return "answer"


def test_the_waits_double_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, *["UNAVAILABLE"] * 5)
    assert call(clock.ask, 60.0, Retry(attempts=6, first_wait=0.5, longest_wait=3.0)) == "answer"
    for wait, most in zip(clock.waits, (0.5, 1.0, 2.0, 3.0, 3.0), strict=True):
        assert most / 2 <= wait <= most
    spent = [60.0 - left for left in clock.left]
    np.testing.assert_allclose(spent, [n + sum(clock.waits[:n]) for n in range(6)])


def test_waits_differ() -> None:
    waits = {Retry(first_wait=1.0).wait(1) for _ in range(20)}
    assert len(waits) == 20
    assert max(waits) - min(waits) > 0.1


@pytest.mark.parametrize("attempt", [1_025, 10**6, 10**400])
@pytest.mark.parametrize("first_wait", [0.0, 1e-300, 3.0])
def test_the_longest_wait_stays_the_longest(first_wait: float, attempt: int) -> None:
    wait = Retry(attempts=attempt, first_wait=first_wait, longest_wait=5.0).wait(attempt)
    assert wait == 0.0 if first_wait == 0.0 else 0 < wait <= 5.0


def test_attempts_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, *["UNAVAILABLE"] * 9)
    with pytest.raises(UnavailableError) as caught:
        call(clock.ask, 60.0, Retry(attempts=3))
    assert caught.value.attempts == len(clock.left) == 3
    assert len(clock.waits) == 2  # none after the last


def test_no_wait_beyond_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, *["UNAVAILABLE"] * 9)
    with pytest.raises(UnavailableError) as caught:
        call(clock.ask, 2.3, Retry(attempts=9, first_wait=0.4, longest_wait=0.4))
    # 1 s, a wait of 0.2 to 0.4 s, 1 s; after another wait it would be 2.4 s at least
    assert caught.value.attempts == 2
    assert len(clock.waits) == 1


@pytest.mark.parametrize(
    "code", ["DEADLINE_EXCEEDED", "INVALID_ARGUMENT", "NOT_FOUND", "RESOURCE_EXHAUSTED", "ABORTED"]
)
def test_other_failures_are_not_asked_again(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    clock = Clock(monkeypatch, "UNAVAILABLE", code, "UNAVAILABLE")
    with pytest.raises(ServingError) as caught:
        call(clock.ask, 60.0, Retry())
    assert caught.value.code == code
    assert len(clock.left) == 2


@pytest.mark.parametrize("options", [{"attempts": 0}, {"first_wait": -1.0}, {"first_wait": 2.0, "longest_wait": 1.0}])
def test_a_retry_that_cannot_be(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected 1 attempt or more and 0 <= first_wait <= longest_wait, got Retry"):
        client_retry.Retry(**options)


def test_errors_are_one_family_that_says_what_to_do() -> None:
    kinds = [kind for kind in vars(client_errors).values() if isinstance(kind, type) and issubclass(kind, ServingError)]
    assert len(kinds) == 7
    assert all(issubclass(kind, CommandError) for kind in kinds)
    assert len({kind.advice for kind in kinds}) == 7
    error = error_of("grpc://host:1, signature png", "INVALID_ARGUMENT", "seed: expected\n [B],\tgot []")
    assert str(error) == (
        "grpc://host:1, signature png: expected an answer, got INVALID_ARGUMENT (seed: expected [B], got []); "
        "change what is asked."
    )
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (client_errors.RequestError, str(error))
