"""Numbered versions in a directory, as TF Serving looks for them: each is whole or not there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from cgn_tf.durable import sync_directory, sync_tree

_NUMBER = re.compile("[0-9]+")
_PARTIAL = ".partial_"  # a server passes over names that are no numbers


def versions(directory: Path) -> list[int]:
    """The numbers that are taken in `directory`, ascending; none where it does not exist."""
    if not directory.is_dir():
        return []
    return sorted(int(path.name) for path in directory.iterdir() if _NUMBER.fullmatch(path.name))


def publish(directory: Path, write: Callable[[Path], None]) -> Path:
    """Makes the next version: one more than the highest there is, because servers take the highest.

    It is written under another name, is on the disk, and only then gets its number. Whatever goes wrong, and at
    whatever moment the process dies, there is no version or a whole one; what dead processes left is removed here.
    Of several processes at once each gets a number of its own.

    Args:
        directory: made where missing.
        write: makes the contents of the new, empty folder that it is given.

    Returns:
        The version's folder.

    Raises:
        OSError: the disk refuses, or `directory` is a file.
        Exception: whatever `write` raises.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _sweep(directory)
    with _partial(directory) as partial:
        write(partial)
        sync_tree(partial)
        version = _numbered(directory, partial)
    sync_directory(directory)
    return version


def _numbered(directory: Path, partial: Path) -> Path:
    """Renames `partial` to the next version."""
    while True:
        version = directory / str(max(versions(directory), default=0) + 1)
        try:
            os.rename(partial, version)
        except OSError:
            # a folder is not renamed onto another one with content: somebody else was first, and the next is tried
            if not version.exists():
                raise
        else:
            return version


@contextlib.contextmanager
def _partial(directory: Path) -> Iterator[Path]:
    """A new folder for a version in the making, locked as long as this process lives; removed if it is still there."""
    while True:
        path = directory / f"{_PARTIAL}{secrets.token_hex(8)}"
        path.mkdir()
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not path.exists():  # another process took it for a dead one's before it was locked
                continue
            yield path
            return
        finally:
            shutil.rmtree(path, ignore_errors=True)
            os.close(descriptor)


def _sweep(directory: Path) -> None:
    """Removes what processes that are dead, and so have no lock any more, left unfinished."""
    for path in directory.glob(f"{_PARTIAL}*"):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:  # its process has just finished it
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:  # in the making
            continue
        finally:
            os.close(descriptor)
