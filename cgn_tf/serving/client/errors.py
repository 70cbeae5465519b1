"""What can come back from a model server instead of an answer."""

from __future__ import annotations

from typing import ClassVar

from cgn_tf.errors import CommandError


class ServingError(CommandError):
    """A request without an answer; the message says what was asked of which address, what came back, what to do.

    Attributes:
        asked: what was asked, and of whom.
        code: gRPC's name of what went wrong, over HTTP the one that TF Serving gives as its status.
        reason: the server's own words, or the connection's.
        attempts: how many were made.
    """

    advice: ClassVar[str] = "the server's log says more"

    def __init__(self, asked: str, code: str, reason: str, attempts: int = 1) -> None:
        super().__init__(asked, code, reason, attempts)
        self.asked, self.code, self.reason, self.attempts = asked, code, " ".join(reason.split()), attempts

    def __str__(self) -> str:
        tried = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return f"{self.asked}: expected an answer, got {self.code}{tried} ({self.reason}); {self.advice}."


class UnavailableError(ServingError):
    """UNAVAILABLE: no server there, or one that is not ready. The only one after which a client tries again."""

    advice = "start a server there, or wait until it has loaded its models"


class DeadlineError(ServingError):
    """DEADLINE_EXCEEDED: no answer in time."""

    advice = "allow more time, or ask for fewer rows at once"


class RequestError(ServingError):
    """INVALID_ARGUMENT and its like: the server refuses the request, and would always."""

    advice = "change what is asked"


class NotServedError(ServingError):
    """NOT_FOUND: the server has no such model or version."""

    advice = "ask for a model and a version that the server was started with"


class OverloadedError(ServingError):
    """RESOURCE_EXHAUSTED: the message is too large, or the server's memory or queue is full."""

    advice = "ask for fewer rows at once, or later"


class AnswerError(ServingError):
    """An answer that a TF Serving does not give, or the end of the connection in the middle of one."""

    advice = "check that the address is that of a TF Serving, gRPC or REST, and that it still runs"


INCOMPREHENSIBLE = "INTERNAL"
"""The code of an answer that cannot be read."""

_BY_CODE: dict[str, type[ServingError]] = {
    "UNAVAILABLE": UnavailableError,
    "DEADLINE_EXCEEDED": DeadlineError,
    "INVALID_ARGUMENT": RequestError,
    "FAILED_PRECONDITION": RequestError,
    "OUT_OF_RANGE": RequestError,
    "NOT_FOUND": NotServedError,
    "RESOURCE_EXHAUSTED": OverloadedError,
}


def error_of(asked: str, code: str, reason: str) -> ServingError:
    """The error for a code of gRPC."""
    return _BY_CODE.get(code, ServingError)(asked, code, reason)


def check_time(asked: str, seconds: float) -> None:
    """DeadlineError where no time is left: urllib3 refuses such times, and gRPC may answer UNAVAILABLE."""
    if seconds <= 0:
        raise error_of(asked, "DEADLINE_EXCEEDED", "no time is left")
