"""When a client asks again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from cgn_tf.serving.client.errors import UnavailableError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Retry:
    """How often to ask, and how long to wait in between: exponential back-off with jitter.

    The wait after attempt n is drawn evenly from the upper half of `first_wait · 2ⁿ⁻¹`, `longest_wait` at most, so that
    clients that a server's restart has stopped together do not come back together.

    Attributes:
        attempts: the first one included; 1 never asks again.
        first_wait, longest_wait: seconds.
    """

    attempts: int = 6
    first_wait: float = 0.1
    longest_wait: float = 5.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or not 0 <= self.first_wait <= self.longest_wait:
            raise ValueError(f"expected 1 attempt or more and 0 <= first_wait <= longest_wait, got {self}.")

    def wait(self, attempt: int) -> float:
        """Seconds from the failure of `attempt`, 1 being the first, to the next one."""
        doublings = min(attempt - 1, 1_000)  # which a float still holds
        most = min(self.longest_wait, self.first_wait * 2.0**doublings)
        return float(np.random.default_rng().uniform(most / 2, most))


def call(ask: Callable[[float], Answer], seconds: float, retry: Retry) -> Answer:
    """What `ask` gives, asked again where the server is UNAVAILABLE and nowhere else.

    Args:
        ask: one attempt, given the seconds that are left of the whole call.
        seconds: for all attempts and the waits in between.
        retry: how many, and how long the waits are.

    Raises:
        UnavailableError: at the last attempt, or because the next one would come too late; it knows their number.
        ServingError: whatever else `ask` raises, at once.
    """
    end = time.monotonic() + seconds
    attempt = 1
    while True:
        try:
            return ask(end - time.monotonic())
        except UnavailableError as error:
            error.attempts = attempt
            wait = retry.wait(attempt)
            if attempt >= retry.attempts or time.monotonic() + wait >= end:
                raise
        time.sleep(wait)
        attempt += 1
