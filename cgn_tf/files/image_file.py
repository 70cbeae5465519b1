"""Image files of users and of this program, read as they are to be shown."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from cgn_tf.files.orientation import orientation_of

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DEPTH, _COLOUR_TYPE, _PALETTE = 24, 25, 3  # where they stand in a PNG, and the type of one with a palette


class ImageFileError(Exception):
    """A file that cannot be read as an image; the message says what came in its place."""


def read_image(path: Path, kind: str) -> np.ndarray:
    """The image of a file, uint8 [H, W, 3]; see `decode_image`.

    Raises:
        ImageFileError: the file cannot be read, or not as such an image.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageFileError(f"a file that cannot be read ({error.strerror})") from error
    return decode_image(data, kind)


def decode_image(data: bytes, kind: str) -> np.ndarray:
    """The image that a file holds, uint8 [H, W, 3].

    What is transparent lies over black. 16 bits become 8, grey three equal channels, an index the colour of its
    palette, and CMYK the RGB of plain complements. EXIF's orientation is honoured, an embedded colour profile is not.

    Args:
        data: the content of the file.
        kind: "PNG" or "JPEG".

    Raises:
        ImageFileError: another kind of file, a damaged one, or a PNG that names one colour as transparent which is of
            neither 1 nor 8 bits.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an EXIF block that cannot be read turns nothing
            return _decoded(data, kind)
    except UnidentifiedImageError as error:
        raise ImageFileError(f"a file without the head of a {kind}") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:  # Pillow's for damage
        raise ImageFileError(f"a damaged file ({error})") from error


def _decoded(data: bytes, kind: str) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if kind == "PNG" and "transparency" in image.info and _has_odd_key(data):
            raise ImageFileError(f"a PNG with a transparent colour of {data[_DEPTH]} bits")
        turn = _TURNS.get(orientation_of(image, data))
        return np.asarray(_as_rgb(image if turn is None else image.transpose(turn)))


def _has_odd_key(data: bytes) -> bool:
    """Whether a transparent colour is compared with pixels of another depth by Pillow."""
    return data[_COLOUR_TYPE] != _PALETTE and data[_DEPTH] not in (1, 8)


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I;16":
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    opaque = image.convert("RGBA")
    black = Image.new("RGB", image.size)
    black.paste(opaque, mask=opaque)
    return black
