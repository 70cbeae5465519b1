"""A file that one process makes while others look on."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from cgn_tf.files.atomic import partial_name, put_in_place, sync_file
from cgn_tf.files.lock import Lock


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

    def __init__(self, path: Path, lock: Lock) -> None:
        self.path, self.partial = path, lock.path
        self._lock: Lock | None = lock

    @classmethod
    def begin(cls, path: Path) -> ExclusiveFile | None:
        """Begins the file `path`; None where it is there already, or in the making elsewhere.

        Raises:
            OSError: no space, no folder, no permission.
        """
        while not path.exists():
            lock = Lock.attempt(partial_name(path))
            if lock is None:
                return None
            if not lock.is_current():  # its owner renamed or removed it before it was locked here
                lock.release()
                continue
            file = cls(path, lock)
            if not path.exists():
                return file
            file.give_up()
        return None

    def complete(self) -> None:
        """Gives the file its name, once the disk has its content.

        Raises:
            OSError: the disk refuses.
            RuntimeError: it was completed or given up before.
        """
        if self._lock is None:
            raise RuntimeError(f"{self.path}: was completed or given up before.")
        sync_file(self.partial)
        put_in_place(self.partial, self.path)
        self._release()

    def give_up(self) -> None:
        """Removes what there is of it; without effect once it is complete."""
        if self._lock is not None:
            self.partial.unlink(missing_ok=True)
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.give_up()

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
