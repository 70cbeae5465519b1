"""What lies in the files that options name: by their digest a file is the same wherever it is moved to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cgn_tf.errors import CommandError

CONTENTS = "contents"
"""The entry of a configuration that `contents` makes."""
_SUFFIX = "_sha256"


def contents(files: Mapping[str, Sequence[Path]]) -> dict[str, dict[str, str]]:
    """An entry for a configuration: what lies where its options point to, {"contents": {"digits_sha256": "ab…"}}.

    Args:
        files: name of an option → the files that are read for it, in an order that does not depend on their place.
            Options without files are left out.

    Returns:
        The entry; an empty dictionary where no option has files.

    Raises:
        CommandError: a file cannot be read.
    """
    digests = {f"{name}{_SUFFIX}": _digest(name, paths) for name, paths in files.items() if paths}
    return {CONTENTS: digests} if digests else {}


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, bool]:
    """Name of each option whose content both configurations have recorded → whether it is the same."""
    then, now = old.get(CONTENTS), new.get(CONTENTS)
    if not isinstance(then, Mapping) or not isinstance(now, Mapping):
        return {}
    return {name.removesuffix(_SUFFIX): then[name] == now[name] for name in now if name in then}


def _digest(name: str, paths: Sequence[Path]) -> str:
    """SHA-256 of one file; of several files that of their SHA-256s, one a line."""
    try:
        digests = [_file_digest(path) for path in paths]
    except OSError as error:
        raise CommandError(f"`{name}`: {error.filename or paths[0]} cannot be read ({error.strerror}).") from error
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
