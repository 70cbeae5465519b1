"""Record files unpacked: a folder of PNG files for each, and one table of labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from cgn_tf.files.directories import PartialDirectory, remove_leftovers
from cgn_tf.generation.record_files import IMAGE, Records
from cgn_tf.types import Triplet


def header(class_names: Sequence[str] = ()) -> str:
    """The first line of the table; where classes have names, these have columns of their own."""
    return ",".join(["path", *Triplet._fields, *(f"{name}_name" for name in Triplet._fields if class_names)]) + "\n"


def png_folder(root: Path, file: int) -> Path:
    """Where the images of a record file are."""
    return root / "png" / f"{file:05d}"


class PngFolder:
    """The PNGs of one record file, byte by byte those of the records; the folder is whole or absent.

    `folder` is `png/00000` for file 0; an image is `png/00000/00000042.png`, numbered through all files, and its mask,
    if there is one, `png/00000/00000042_mask.png`. Where the
    folder is there already, `add` only says which rows of the table are its.
    """

    def __init__(self, root: Path, file: int, first_image: int, class_names: Sequence[str] = ()) -> None:
        self.folder = png_folder(root, file)
        self._root = root
        self._next = first_image
        self._names = [_quoted(name) for name in class_names]
        self._partial: PartialDirectory | None = None
        if not self.folder.exists():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self.folder.parent)
            self._partial = PartialDirectory(self.folder.parent)

    def add(self, records: Records) -> list[str]:
        """Unpacks the next records; returns their rows: path below the root, the three labels, and their names."""
        rows = []
        for row, labels in enumerate(zip(*records.labels, strict=True)):
            name = f"{self._next:08d}.png"
            if self._partial is not None:
                for part, pngs in records.parts.items():
                    file = name if part == IMAGE else f"{self._next:08d}_{part}.png"
                    (self._partial.path / file).write_bytes(pngs[row])
            path = (self.folder / name).relative_to(self._root).as_posix()
            named = [self._names[label] for label in labels] if self._names else []
            rows.append(",".join([path, *map(str, labels), *named]) + "\n")
            self._next += 1
        return rows

    def complete(self) -> None:
        """Gives the folder its name."""
        if self._partial is not None:
            # one wait for the whole disk: thousands of waits, file by file, would take longer than all else
            self._partial.complete(self.folder, sync=lambda _: os.sync())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._partial is not None:
            self._partial.give_up()


def _quoted(name: str) -> str:
    """A name as a field of CSV (RFC 4180)."""
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\r\n') else name
