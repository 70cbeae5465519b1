"""Writes that are on the disk when they return, and that nobody sees half done."""

from __future__ import annotations

import os
from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Writes a file and waits until the disk has it; its name is durable after `sync_directory` of its folder.

    Raises:
        OSError: no space, no permission, no folder.
    """
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_file(path: Path) -> None:
    """Waits until the disk has the content of a file that others wrote.

    Raises:
        OSError: no such file, no permission, or the disk refuses.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Waits until the disk has the names in a folder: those created, renamed and removed.

    Raises:
        OSError: no such folder, no permission.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(path: Path) -> None:
    """Waits until the disk has a folder that others wrote: every file below it, and all names.

    Raises:
        OSError: no such folder, no permission, or the disk refuses.
    """
    for folder, _, names in os.walk(path):
        for name in names:
            sync_file(Path(folder) / name)
        sync_directory(Path(folder))


def partial_name(path: Path) -> Path:
    """Where the file `path` is prepared; what a killed process left there may be overwritten."""
    return path.with_name(f".{path.name}.partial")


def put_in_place(partial: Path, path: Path) -> None:
    """Gives a file, whose content the disk has, its name, in place of a file of that name.

    Raises:
        OSError: the disk refuses.
    """
    os.replace(partial, path)
    sync_directory(path.parent)


def write_atomically(path: Path, content: bytes) -> None:
    """Creates or replaces a file: whoever looks, and after whatever crash, finds the old content or the new.

    Raises:
        OSError: as for `write_file`; the old content is then still there.
    """
    partial = partial_name(path)
    try:
        write_file(partial, content)
        put_in_place(partial, path)
    finally:
        partial.unlink(missing_ok=True)
