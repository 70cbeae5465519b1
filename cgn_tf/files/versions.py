"""Numbered versions in a directory, as TF Serving looks for them: each is whole or not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from cgn_tf.errors import CommandError
from cgn_tf.files.directories import PartialDirectory, remove_leftovers

HIGHEST = 2**63 - 1
"""The highest number that a server reads."""

# strings::safe_strto64: zeros in front, a sign, and spaces around are nothing to it
_NUMBER = re.compile(r"[ \t\n\v\f\r]*\+?0*([0-9]{1,19})[ \t\n\v\f\r]*")


def versions(directory: Path) -> list[int]:
    """The numbers that are taken in `directory`, ascending; none where it does not exist.

    A name counts as it does for TF Serving, of a file, too: 0003 is 3, and a number above `HIGHEST` is none.
    """
    if not directory.is_dir():
        return []
    matches = [_NUMBER.fullmatch(path.name) for path in directory.iterdir()]
    return sorted(number for number in (int(match[1]) for match in matches if match) if number <= HIGHEST)


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
        CommandError: the highest number is taken; nothing is written.
        OSError: the disk refuses, or `directory` is a file.
        Exception: whatever `write` raises.
    """
    directory.mkdir(parents=True, exist_ok=True)
    remove_leftovers(directory)
    _next(directory)  # to make a version that could have no number would take its time
    with PartialDirectory(directory) as partial:  # whose name is no number, so that a server passes over it
        write(partial.path)
        while True:
            version = _next(directory)
            try:
                partial.complete(version)
            except OSError:
                # a folder is not renamed onto another one with content: somebody else was first, the next is tried
                if not version.exists():
                    raise
            else:
                return version


def _next(directory: Path) -> Path:
    highest = max(versions(directory), default=0)
    if highest == HIGHEST:
        raise CommandError(
            f"{directory}: expected a number that a server reads to be left for the next version, got version "
            f"{highest}, the highest one; give that another name, or choose another `output_dir`."
        )
    return directory / str(highest + 1)
