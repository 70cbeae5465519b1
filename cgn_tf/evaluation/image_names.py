"""The image files below a directory."""

from __future__ import annotations

from pathlib import Path

from cgn_tf.datasets.images.folder_listing import files_below
from cgn_tf.errors import CommandError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")


def image_names(directory: Path, option: str) -> list[str]:
    """The names of image files below a directory, at any depth, relative to it, with slashes; sorted.

    Links to folders are followed. Names that begin with a dot are passed over, and so are files whose ending is none of
    `SUFFIXES`.

    Args:
        directory: where to look.
        option: name of the option that gave it, for errors.

    Raises:
        CommandError: no directory, a folder that cannot be read, or no image.
    """
    if not directory.is_dir():
        raise CommandError(f"`{option}`: expected a directory of images, got {directory}, which is none.")
    names = sorted(name for name in files_below(directory) if name.lower().endswith(SUFFIXES))
    if not names:
        raise CommandError(
            f"`{option}`: expected images below {directory}, got no file that ends with {', '.join(SUFFIXES)}."
        )
    return names
