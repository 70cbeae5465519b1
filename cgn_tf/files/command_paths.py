"""The paths of a command, held to be of use before the command begins its work."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cgn_tf.errors import CommandError
from cgn_tf.options.declaration import TUPLES, leaves, sections
from cgn_tf.options.parts import part_fields
from cgn_tf.options.paths import PathUse


def check_paths(config: Any) -> None:
    """Holds what a command is to read to be readable if it is there, and what it is to write to be writable.

    What is missing among the former is for the command to say, which knows what else the option may mean.

    Args:
        config: a configuration, whose options made by `path_option` are looked at, those of sections and parts, too.

    Raises:
        CommandError: a path cannot be read; a directory is to be where a file is, or the reverse; or a place, or the
            nearest folder above it that there is, cannot be written to.
    """
    for name, use, path in _paths(config):
        check_path(name, use, path)


def check_path(name: str, use: PathUse, path: Path) -> None:
    """Holds one path of a command to be of use; see `check_paths`.

    Args:
        name: of the option that chooses it, for errors.
        use: what the command does with it.
        path: absolute or not.

    Raises:
        CommandError: as for `check_paths`.
    """
    path = path.absolute()
    found, mode = _nearest(path)
    if use is PathUse.READ:
        if found == path and not os.access(path, os.R_OK | (os.X_OK if stat.S_ISDIR(mode) else 0)):
            raise CommandError(f"{path}: cannot be read (no permission); change its permissions, or `{name}`.")
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise CommandError(
                f"{path}: expected a file or a directory, got a pipe or a device; give another `{name}`."
            )
        return
    if found == path and use is PathUse.WRITE_FILE and stat.S_ISDIR(mode):
        raise CommandError(f"{path}: expected a file or nothing, got a directory; choose another `{name}`.")
    if not stat.S_ISDIR(mode) and not (found == path and use is PathUse.WRITE_FILE):
        where = "" if found == path else f", {found}"
        raise CommandError(f"{path}: expected a directory, got a file{where}; choose another `{name}`.")
    # a file is not written to, but replaced
    folder = found if stat.S_ISDIR(mode) else found.parent
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CommandError(f"{path}: cannot be written (no permission in {folder}); choose another `{name}`.")


def _paths(config: Any) -> Iterator[tuple[str, PathUse, Path]]:
    """Name of the option, use and path, of every path in `config`."""
    for leaf in leaves(type(config)):
        if leaf.option.path is not None:
            value = getattr(config, leaf.name)
            for text in value if leaf.kind in TUPLES else (value,):
                if leaf.option.path.is_path(text):
                    yield leaf.name, leaf.option.path.use, Path(text)
    for name, _ in sections(type(config)):
        yield from _paths(getattr(config, name))
    for name, _ in part_fields(type(config)):
        for options in getattr(config, name):
            yield from _paths(options)


def _nearest(path: Path) -> tuple[Path, int]:
    """What there is of `path` or of the folders above it, and its mode."""
    for candidate in (path, *path.parents):
        try:
            return candidate, candidate.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise CommandError(f"{path}: cannot be reached ({error.strerror}); choose another path.") from error
    raise CommandError(f"{path}: cannot be reached; there is no root directory.")
