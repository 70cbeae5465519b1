"""What a command tells beside its result: lines on stderr, as text or as JSON, all of them or what matters alone."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any, TextIO

FORMATS = ("text", "json")
QUIET_VARIABLE, FORMAT_VARIABLE = "CGN_QUIET", "CGN_LOG_FORMAT"
"""Variables of the environment with which a command passes its choice to the commands that it starts."""

_LEVEL = re.compile(r"(error|warning|note): ")
_DEFECT = re.compile(r"(Traceback \(most recent call last\)|Exception in thread)")
_STEP = re.compile(r"step (\d+) of (\d+)")
_FIGURES = (re.compile(r"(?P<value>-?[\d.]+) (?P<name>steps/s)"), re.compile(r"(?P<name>\S+) (?P<value>\S+)"))


class LogStream(io.TextIOBase):
    """Writes every line that is written to it to another stream, in a format, or leaves it out.

    The level of a line is the word in front of it, "error: ", "warning: " or "note: "; of all others it is "info". From
    a traceback on, all lines are errors.

    Args:
        stream: where lines go.
        log_format: one of `FORMATS`; of "json" each line is an object with "time" (ISO 8601), "level", "message", and
            "figures" where it is one of progress.
        quiet: whether only warnings and errors are written.
    """

    def __init__(self, stream: TextIO, log_format: str, quiet: bool) -> None:
        self._stream = stream
        self._json = log_format == "json"
        self._quiet = quiet
        self._begun = ""
        self._defect = False

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        """No: a bar is drawn over and over again, and is no line."""
        return False

    def write(self, text: str, /) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._write_line(line)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def finish(self) -> None:
        """Writes a last line that has no end."""
        if self._begun:
            self.write("\n")

    def _write_line(self, line: str) -> None:
        self._defect = self._defect or bool(_DEFECT.match(line))
        found = _LEVEL.match(line)
        level = "error" if self._defect else found[1] if found else "info"
        if self._quiet and level in ("note", "info"):
            return
        print(_as_json(line, level) if self._json else line, file=self._stream, flush=True)


def _as_json(line: str, level: str) -> str:
    time = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    entry: dict[str, Any] = {"time": time, "level": level, "message": line.removeprefix(f"{level}: ").strip()}
    if figures := _figures(line):
        entry["figures"] = figures
    return json.dumps(entry, ensure_ascii=False)


def _figures(line: str) -> dict[str, float]:
    """The numbers of a line of progress: "step 5 of 26  3.20 steps/s  0:06 left  loss/total 0.3"."""
    first, *parts = line.split("  ")
    step = _STEP.match(first)
    if step is None:
        return {}
    found: dict[str, float] = {"step": int(step[1]), "steps": int(step[2])}
    for part in parts:
        matches = (pattern.fullmatch(part.strip()) for pattern in _FIGURES)
        for match in filter(None, matches):
            with contextlib.suppress(ValueError):
                found[match["name"]] = float(match["value"])
    return found


@contextlib.contextmanager
def log_lines(log_format: str, quiet: bool) -> Iterator[None]:
    """Within the block stderr is a `LogStream`; as it is where lines are text and all of them wanted."""
    if log_format == "text" and not quiet:
        yield
        return
    chosen = {QUIET_VARIABLE: "1" if quiet else "0", FORMAT_VARIABLE: log_format}
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    stderr = sys.stderr
    stream = LogStream(stderr, log_format, quiet)
    sys.stderr = stream
    try:
        yield
    finally:
        stream.finish()
        sys.stderr = stderr
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
