"""The photographs that a user named, and what files of theirs are called."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cgn_tf.datasets.images.folder_listing import files_below
from cgn_tf.errors import CommandError


class Photographs(NamedTuple):
    """Image files.

    Attributes:
        root: the directory that they are in.
        names: relative to it, with slashes; sorted.
        outputs: for each a relative name without suffix, of which no two are alike.
    """

    root: Path
    names: tuple[str, ...]
    outputs: tuple[str, ...]


def find_photographs(images: str, output_dir: str) -> Photographs:
    """Lists a file, or the files of a directory at any depth; none is opened.

    Names that begin with a dot, and what systems leave (Thumbs.db), are passed over.

    Args:
        images: the file or the directory.
        output_dir: of what is made of them, which may not be among them.

    Raises:
        CommandError: no such file or directory, no file in it, or the output would be read as input.
    """
    place = Path(images)
    if not place.exists():
        raise CommandError(f"{place}: expected photographs, got no such file or directory; give another `images`.")
    if not place.is_dir():
        return Photographs(place.parent, (place.name,), output_names((place.name,)))
    if Path(os.path.realpath(output_dir)).is_relative_to(os.path.realpath(place)):
        raise CommandError(
            f"{output_dir}: expected a directory outside of {place}, so that masks do not become photographs; choose "
            "another `output_dir`."
        )
    names = tuple(sorted(files_below(place)))
    if not names:
        raise CommandError(f"{place}: expected photographs, got a directory without files; give another `images`.")
    return Photographs(place, names, output_names(names))


def output_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names without suffixes; those that would then be alike, be it but for capitals, keep theirs.

    >>> output_names(("a.jpg", "b/c.jpg", "b/c.png"))
    ('a', 'b/c.jpg', 'b/c.png')
    """

    def repeated(chosen: Sequence[str]) -> Callable[[str], bool]:
        counts = Counter(map(str.casefold, chosen))
        return lambda name: counts[name.casefold()] > 1

    stems = [str(PurePosixPath(name).with_suffix("")) for name in names]
    clashes = repeated(stems)
    chosen = [name if clashes(stem) else stem for name, stem in zip(names, stems, strict=True)]
    if any(map(repeated(chosen), chosen)):  # a.jpg and a.png beside a.jpg.gif
        chosen = list(names)
    clashes = repeated(chosen)
    # names that differ in capitals alone, which some disks take for one
    return tuple(f"{name}~{number}" if clashes(name) else name for number, name in enumerate(chosen))
