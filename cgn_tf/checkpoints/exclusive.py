"""Files that one process makes while others look on: advisory locks, which end with their process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from cgn_tf.durable import partial_name, sync_directory


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits for the lock on the file `path`, which is made where missing, and has it within the `with` block.

    Raises:
        OSError: no folder, no permission.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which unlocks; the file stays, because removing it would race with the next process


class ExclusiveFile:
    """A file in the making, under the name `partial` until it is complete; no other process makes it meanwhile.

    What a killed process left under that name is locked no more and is written anew.

    Example:
        >>> file = ExclusiveFile.begin(path)
        >>> if file is not None:  # neither there nor in the making
        ...     with file:
        ...         file.partial.write_bytes(content)
        ...         file.complete()
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.partial = partial_name(path)
        # not truncated here: it may still be another process's
        self._descriptor: int | None = os.open(self.partial, os.O_RDWR | os.O_CREAT, 0o644)

    @classmethod
    def begin(cls, path: Path) -> ExclusiveFile | None:
        """Takes the file `path` in hand; None where it is there already, or in the making elsewhere.

        Raises:
            OSError: no space, no folder, no permission.
        """
        while not path.exists():
            file = cls(path)
            if not file._lock():
                file._release()
                return None
            if not file._is_current():  # its owner renamed or removed it before it was locked here
                file._release()
            elif path.exists():
                file.give_up()
            else:
                return file
        return None

    def complete(self) -> None:
        """Gives the file its name, once the disk has its content.

        Raises:
            OSError: the disk refuses.
            RuntimeError: it was completed or given up before.
        """
        if self._descriptor is None:
            raise RuntimeError(f"{self.path}: was completed or given up before.")
        os.fsync(self._descriptor)
        os.rename(self.partial, self.path)
        self._release()
        sync_directory(self.path.parent)

    def give_up(self) -> None:
        """Removes what there is of it; without effect once it is complete."""
        if self._descriptor is not None:
            self.partial.unlink(missing_ok=True)
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.give_up()

    def _lock(self) -> bool:
        """Whether the lock could be had."""
        if self._descriptor is None:
            return False
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _is_current(self) -> bool:
        """Whether the open file is still the one under its name."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self.partial))
        except FileNotFoundError:
            return False

    def _release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
