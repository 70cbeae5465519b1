"""Image files of users, read by several threads, and what becomes of those that are no images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from cgn_tf.errors import CommandError
from cgn_tf.files.image_file import ImageFileError, ignoring_exif_warnings

T = TypeVar("T")


def read_all(paths: Sequence[Path], read: Callable[[bytes], T], bad_images: str) -> list[T | str]:
    """What `read` makes of the content of each file; or what came in its place, a sentence's end.

    Args:
        paths: of the files.
        read: raises an ImageFileError for what it cannot use.
        bad_images: "refuse": such a file is an error; "skip": it is told.

    Raises:
        CommandError: a file cannot be used, and is not to be skipped.
    """
    with ignoring_exif_warnings(), ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda path: _read(path, read), paths))
    for path, one in zip(paths, found, strict=True):
        if isinstance(one, ImageFileError) and bad_images == "refuse":
            raise CommandError(
                f"{path}: expected an image, got {one}; remove or replace it, or set `bad_images=skip` to go on "
                "without."
            )
    return [f"expected an image, got {one}" if isinstance(one, ImageFileError) else one for one in found]


def _read(path: Path, read: Callable[[bytes], T]) -> T | ImageFileError:
    try:
        return read(path.read_bytes())
    except OSError as error:
        return ImageFileError(f"a file that cannot be read ({error.strerror})")
    except ImageFileError as error:
        return error
