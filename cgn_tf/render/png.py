"""PNG files that are either whole or absent."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image


def write_png(path: str | os.PathLike[str], image: np.ndarray) -> None:
    """Writes an image under a temporary name, then renames it: a reader never sees half a file.

    Args:
        path: of the file; its directory exists.
        image: uint8 [H, W, 3].

    Raises:
        ValueError: another dtype or shape.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image: expected uint8 [H, W, 3], got {image.dtype} {image.shape}.")
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, format="PNG")
    write_encoded(path, encoded.getvalue())


def write_encoded(path: str | os.PathLike[str], content: bytes) -> None:
    """The same of a PNG file's content, which is not looked at."""
    path = Path(path)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
