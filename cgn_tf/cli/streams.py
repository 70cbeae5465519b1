"""Standard streams that outlive what they are connected to: a run is not lost because nobody reads its output."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from typing import Any

_NAMES = {1: "stdout", 2: "stderr"}


class _Output(io.FileIO):
    """A descriptor that is written to until that fails; what comes later is dropped, and the run goes on.

    Attributes:
        failure: of the first write that failed; None: none did.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes


def secure() -> None:
    """Makes stdout and stderr of the process safe to write to; call it before anything opens a file.

    A stream that is closed leads to nowhere: its descriptor would otherwise be that of the next file, a checkpoint for
    example, and libraries write messages to it. Characters that the stream's encoding has not are written as escapes.
    Streams that the program has itself put in place of the process' are left as they are.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # the lowest free number, which is this one; children inherit it as they do an open stream
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for descriptor, name in _NAMES.items():
        own = getattr(sys, name)
        if own is not getattr(sys, f"__{name}__"):
            continue
        if own is not None:
            own.flush()
        stream = io.TextIOWrapper(
            io.BufferedWriter(_Output(descriptor)),
            encoding="utf-8" if own is None else own.encoding,
            errors="backslashreplace",
            line_buffering=own is sys.stderr or own is None or own.line_buffering or own.write_through,
        )
        setattr(sys, name, stream)


def output_lost() -> str:
    """What kept output from being written to stdout, in one line; empty where all was, or where its reader has gone."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if not isinstance(raw, _Output):
        return ""
    sys.stdout.flush()
    failure = raw.failure
    # what a terminal that was closed answers is an error of the disk elsewhere
    closed = failure is not None and failure.errno == errno.EIO and stat.S_ISCHR(os.fstat(raw.fileno()).st_mode)
    if failure is None or closed or isinstance(failure, BrokenPipeError):
        return ""
    return f"stdout: cannot be written ({failure.strerror}); output is missing."
