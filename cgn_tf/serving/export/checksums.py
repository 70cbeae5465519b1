"""The checksums of a folder, as `sha256sum -c` reads them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cgn_tf.files.atomic import write_file

MANIFEST = "MANIFEST.sha256"


def write_checksums(folder: Path) -> None:
    """Writes `MANIFEST.sha256`, a line for every other file below `folder`: `cd FOLDER; sha256sum -c MANIFEST.sha256`.

    Raises:
        OSError: the disk refuses.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    lines = [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    write_file(folder / MANIFEST, "".join(lines).encode())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
