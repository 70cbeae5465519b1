"""What lies in the files that options name: by their digest a file is the same wherever it is moved to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf.errors import CommandError

CONTENTS = "contents"
"""The entry of a configuration that `contents` makes."""
_SUFFIX = "_sha256"
_UNREADABLE = "unreadable"
"""Stands for the digest of a file that has none; no digest is as short."""


class FileTree(NamedTuple):
    """Files of a directory, whose names count as much as what they hold.

    Attributes:
        root: the directory.
        names: of the files relative to it, in an order that does not depend on the place.
        all_readable: whether a file that cannot be read is an error. If not, its name counts, with a mark in place of
            what it holds: whoever reads the files tells of it. Once it can be read, the tree is another one.
    """

    root: Path
    names: Sequence[str]
    all_readable: bool = True


def contents(files: Mapping[str, Sequence[Path] | FileTree]) -> dict[str, dict[str, str]]:
    """An entry for a configuration: what lies where its options point to, {"contents": {"digits_sha256": "ab…"}}.

    Args:
        files: name of an option → the files that are read for it, in an order that does not depend on their place.
            Options without files are left out. Of a `FileTree` the names within it count, too.

    Returns:
        The entry; an empty dictionary where no option has files.

    Raises:
        CommandError: a file cannot be read, and is not of a `FileTree` that may have such.
    """
    digests = {f"{name}{_SUFFIX}": digest_of(name, found) for name, found in files.items() if found}
    return {CONTENTS: digests} if digests else {}


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, bool]:
    """Name of each option whose content both configurations have recorded → whether it is the same."""
    then, now = old.get(CONTENTS), new.get(CONTENTS)
    if not isinstance(then, Mapping) or not isinstance(now, Mapping):
        return {}
    return {name.removesuffix(_SUFFIX): then[name] == now[name] for name in now if name in then}


def digest_of(name: str, files: Sequence[Path] | FileTree) -> str:
    """SHA-256 of one file; of several files that of their SHA-256s, one a line, in a tree with the name behind each.

    Args:
        name: of the option that names the files, for errors.
        files: at least one.

    Raises:
        CommandError: a file cannot be read, and is not of a `FileTree` that may have such.
    """
    tree = files if isinstance(files, FileTree) else None
    paths = [tree.root / one for one in tree.names] if tree is not None else files
    file_digest = _file_digest if tree is None or tree.all_readable else _digest_or_mark
    try:
        with ThreadPoolExecutor() as pool:
            digests = list(pool.map(file_digest, paths))
    except OSError as error:
        raise CommandError(f"`{name}`: {error.filename or paths[0]} cannot be read ({error.strerror}).") from error
    if tree is not None:
        lines = (f"{digest}  {one}\n" for digest, one in zip(digests, tree.names, strict=True))
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_or_mark(path: Path) -> str:
    try:
        return _file_digest(path)
    except OSError:
        return _UNREADABLE
