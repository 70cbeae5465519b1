"""PNG files of this program, which are either whole or absent."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

from cgn_tf.errors import CommandError
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.image_file import ImageFileError, decode_in_thread, ignoring_exif_warnings


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
    with ignoring_exif_warnings():
        return read_png_in_thread(path)


def read_png_in_thread(path: Path) -> np.ndarray:
    """As `read_png`, for several threads at once: it leaves the filters of warnings alone, which they share."""
    try:
        return decode_in_thread(path.read_bytes(), "PNG")
    except OSError as error:
        raise CommandError(f"{path}: expected a PNG, got a file that cannot be read ({error.strerror}).") from error
    except ImageFileError as error:
        raise CommandError(f"{path}: expected a PNG, got {error}; remove the file.") from error
