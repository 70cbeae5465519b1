"""The image files below a directory."""

from __future__ import annotations

from pathlib import Path

from cgn_tf.errors import CommandError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})


def image_names(directory: Path, option: str) -> list[str]:
    """The names of image files below a directory, at any depth, relative to it, with slashes; sorted.

    Names that begin with a dot are passed over, and so are files whose ending is none of `SUFFIXES`.

    Args:
        directory: where to look.
        option: name of the option that gave it, for errors.

    Raises:
        CommandError: no directory, or none that has an image.
    """
    if not directory.is_dir():
        raise CommandError(f"`{option}`: expected a directory of images, got {directory}, which is none.")
    found = (one.relative_to(directory) for one in directory.rglob("*") if one.suffix.lower() in SUFFIXES)
    names = sorted(one.as_posix() for one in found if not any(part.startswith(".") for part in one.parts))
    if not names:
        raise CommandError(f"`{option}`: expected images below {directory}, got none.")
    return names
