"""Directories that are either whole or absent: written under another name, renamed once the disk has them."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from cgn_tf.files.atomic import sync_directory, sync_tree
from cgn_tf.files.lock import Lock

_PARTIAL, _REMOVED = ".partial_", ".removed_"


class PartialDirectory:
    """A new, empty directory `path`, which gets its name by `complete`; without that it is gone after the `with` block.

    It is locked as long as this process lives, so that `remove_leftovers` of another process leaves it alone.

    Args:
        parent: where the directory is to be; it exists.

    Raises:
        OSError: no such directory, no permission, no space.

    Example:
        >>> with PartialDirectory(parent) as partial:
        ...     write(partial.path)
        ...     partial.complete(parent / "one")
    """

    def __init__(self, parent: Path) -> None:
        while True:
            self.path = parent / f"{_PARTIAL}{secrets.token_hex(8)}"
            self.path.mkdir()
            try:
                self._lock = Lock.wait_for(self.path, directory=True)
            except FileNotFoundError:  # another process took it for a dead one's before it was locked
                continue
            if self._lock.is_current():
                return
            self._lock.release()

    def complete(self, target: Path, *, replace: bool = False, sync: Callable[[Path], object] = sync_tree) -> None:
        """Waits until the disk has the content, and renames the directory to `target`, in the same parent.

        Args:
            target: the new path.
            replace: whether a directory of that name is removed. A process killed in between leaves neither.
            sync: waits until the disk has the content of the directory that it is given.

        Raises:
            OSError: the disk refuses, or `target` is there and is not to be replaced; `complete` may be called again.
        """
        sync(self.path)
        hidden = _hide(target) if replace and target.exists() else None
        os.rename(self.path, target)
        self._lock.release()
        if hidden is not None:
            shutil.rmtree(hidden, ignore_errors=True)
        sync_directory(target.parent)

    def give_up(self) -> None:
        """Removes the directory; without effect once it is complete."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.give_up()


def remove_directory(path: Path) -> None:
    """Removes a directory; a process killed in between leaves it whole, or out of sight.

    Raises:
        OSError: the disk refuses.
    """
    shutil.rmtree(_hide(path))


def remove_leftovers(parent: Path) -> None:
    """Removes what killed processes left in a directory, half written or half removed.

    Raises:
        OSError: no such directory, or the disk refuses.
    """
    for path in parent.iterdir():
        if path.name.startswith(_REMOVED):
            shutil.rmtree(path)
        elif path.name.startswith(_PARTIAL):
            _remove_unless_locked(path)


def _remove_unless_locked(path: Path) -> None:
    try:
        lock = Lock.attempt(path, directory=True)
    except FileNotFoundError:  # its process has just finished it
        return
    if lock is not None:
        with lock:
            shutil.rmtree(path, ignore_errors=True)


def _hide(path: Path) -> Path:
    """Renames a directory so that nobody takes it for one that is in use; returns its path then."""
    hidden = path.with_name(_REMOVED + path.name)
    os.rename(path, hidden)
    return hidden
