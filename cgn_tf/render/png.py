"""PNG files of this program, which are either whole or absent."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

from cgn_tf.errors import CommandError
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.image_file import ImageFileError, read_image


def write_png(path: str | os.PathLike[str], image: np.ndarray) -> None:
    """Writes an image under a temporary name, then renames it: a reader never sees half a file.

    Args:
        path: of the file; its directory exists.
        image: uint8 [H, W] (grey), [H, W, 3] (RGB) or [H, W, 4] (RGB and alpha).

    Raises:
        ValueError: another dtype or shape.
        OSError: as for `write_atomically`.
    """
    if image.dtype != np.uint8 or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))):
        raise ValueError(f"image: expected uint8 [H, W], [H, W, 3] or [H, W, 4], got {image.dtype} {image.shape}.")
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, format="PNG")
    write_atomically(Path(path), encoded.getvalue())


def read_png(path: Path) -> np.ndarray:
    """The image of a file that `write_png` wrote, uint8 [H, W, 3].

    Raises:
        CommandError: it cannot be read, or is no whole PNG.
    """
    try:
        return read_image(path, "PNG")
    except ImageFileError as error:
        raise CommandError(f"{path}: expected a PNG, got {error}; remove the file.") from error
