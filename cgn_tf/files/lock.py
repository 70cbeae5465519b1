"""Advisory locks of the operating system, which end with their process however that ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class Lock:
    """The lock on a file or a directory, which this process has until `release`, or as long as the object is there.

    There is never a stale lock to remove: even SIGKILL ends it. The file stays where it is, because removing it would
    race with the next process.

    Example:
        >>> with Lock.wait_for(directory / ".lock"):
        ...     ...  # no other process is here
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def wait_for(cls, path: Path, *, directory: bool = False) -> Self:
        """Takes the lock on `path`, once no other process has it.

        Args:
            path: a file, which is made where missing, or a directory that exists.
            directory: whether `path` is a directory.

        Raises:
            OSError: no such directory, no permission.
        """
        descriptor = _opened(path, directory)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    @classmethod
    def attempt(cls, path: Path, *, directory: bool = False) -> Self | None:
        """Takes the lock on `path`; None where another process has it. Arguments and errors are those of `wait_for`."""
        descriptor = _opened(path, directory)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    def is_current(self) -> bool:
        """Whether what is locked still has its name: its owner may have renamed or removed it before."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self.path))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Ends the lock; without effect where it has ended."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # which unlocks

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()


def _opened(path: Path, directory: bool) -> int:
    # not truncated: the file may be another process's
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY) if directory else os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
