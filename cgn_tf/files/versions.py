"""Numbered versions in a directory, as TF Serving looks for them: each is whole or not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from cgn_tf.files.directories import PartialDirectory, remove_leftovers

_NUMBER = re.compile("[0-9]+")


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
    remove_leftovers(directory)
    with PartialDirectory(directory) as partial:  # whose name is no number, so that a server passes over it
        write(partial.path)
        while True:
            version = directory / str(max(versions(directory), default=0) + 1)
            try:
                partial.complete(version)
            except OSError:
                # a folder is not renamed onto another one with content: somebody else was first, the next is tried
                if not version.exists():
                    raise
            else:
                return version
