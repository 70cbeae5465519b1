"""Warnings as lines of a command, as its errors are."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def warnings_in_one_line() -> Iterator[None]:
    """Within the block what is warned of is shown as "warning: …", without the place in the program.

    Warnings of other kinds than UserWarning, which programmers give one another, keep their place.
    """
    before = warnings.formatwarning

    def one_line(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
    ) -> str:
        if category is not UserWarning:
            return before(message, category, filename, lineno, line)
        return f"warning: {' '.join(str(message).split())}\n"

    warnings.formatwarning = one_line
    try:
        yield
    finally:
        warnings.formatwarning = before
