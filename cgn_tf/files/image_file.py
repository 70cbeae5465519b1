"""Image files of users and of this program, read as they are to be shown."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
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
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""What `decode_image` may be asked to read."""
_BLACK = (0, 0, 0)
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


@contextlib.contextmanager
def ignoring_exif_warnings() -> Iterator[None]:
    """Within the block nobody is told of an EXIF block that cannot be read, which turns nothing.

    Filters of warnings belong to the process: threads that decode share one such block, and open none themselves.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def decode_image(data: bytes, *kinds: str, behind: Sequence[int] = _BLACK) -> np.ndarray:
    """The image that a file holds, uint8 [H, W, 3]; of an animation the first one.

    16 bits become the 8 upper ones, grey three equal channels, an index the colour of its palette, and CMYK the RGB of
    plain complements. EXIF's orientation is honoured, an embedded colour profile is not.

    Args:
        data: the content of the file.
        *kinds: what it may be, out of `FORMATS`.
        behind: the colour under what is transparent: red, green, blue in 0 to 255.

    Raises:
        ImageFileError: another kind of file, a damaged one, a PNG that names one colour as transparent which is of
            neither 1 nor 8 bits, or an image of whole or real numbers of 32 bits, whose range is not known.
    """
    with ignoring_exif_warnings():
        return decode_in_thread(data, *kinds, behind=behind)


def decode_in_thread(
    data: bytes, *kinds: str, behind: Sequence[int] = _BLACK, smallest_side: int | None = None
) -> np.ndarray:
    """As `decode_image`, for threads within one block of `ignoring_exif_warnings`.

    Args:
        data: see `decode_image`.
        *kinds: see `decode_image`.
        behind: see `decode_image`.
        smallest_side: pixels that are enough; a JPEG whose sides are at least twice, four or eight times as long is
            decoded at a half, a quarter or an eighth of its size, which is much faster. None: at its size.

    Raises:
        ImageFileError: as `decode_image`.
    """
    with _refusing(kinds):
        return _decoded(data, kinds, behind, smallest_side)


def decode_with_alpha(data: bytes, *kinds: str) -> np.ndarray:
    """As `decode_in_thread`, of an image with an alpha channel, or a colour that stands for transparent.

    Args:
        data: see `decode_image`.
        *kinds: see `decode_image`.

    Returns:
        uint8 [H, W, 4]; the colours are those that the file has, under what is transparent, too.

    Raises:
        ImageFileError: as `decode_image`, or an image without transparency.
    """
    with _refusing(kinds), Image.open(io.BytesIO(data), formats=kinds) as image:
        if not image.has_transparency_data:
            raise ImageFileError("an image without an alpha channel")
        return np.asarray(_turned(image, data).convert("RGBA"))


def check_head(data: bytes, *kinds: str) -> None:
    """Holds a file to begin as an image does, within one block of `ignoring_exif_warnings`; decodes nothing.

    Args:
        data: see `decode_image`.
        *kinds: see `decode_image`.

    Raises:
        ImageFileError: it begins otherwise.
    """
    with _refusing(kinds), Image.open(io.BytesIO(data), formats=kinds):
        pass


@contextlib.contextmanager
def _refusing(kinds: tuple[str, ...]) -> Iterator[None]:
    """Turns Pillow's errors into ImageFileError."""
    try:
        yield
    except UnidentifiedImageError as error:
        expected = f"{', '.join(kinds[:-1])} or {kinds[-1]}" if len(kinds) > 1 else kinds[0]
        raise ImageFileError(f"a file without the head of a {expected}") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:  # Pillow's for damage
        raise ImageFileError(f"a damaged file ({error})") from error


def _decoded(data: bytes, kinds: tuple[str, ...], behind: Sequence[int], smallest_side: int | None) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=kinds) as image:
        if smallest_side is not None:
            image.draft(None, (smallest_side, smallest_side))
        return np.asarray(_as_rgb(_turned(image, data), behind))


def _turned(image: Image.Image, data: bytes) -> Image.Image:
    """An opened file's image as it is to be shown; ImageFileError where Pillow misreads what is transparent."""
    if image.format == "PNG" and "transparency" in image.info and _has_odd_key(data):
        raise ImageFileError(f"a PNG with a transparent colour of {data[_DEPTH]} bits")
    turn = _TURNS.get(orientation_of(image, data))
    return image if turn is None else image.transpose(turn)


def _has_odd_key(data: bytes) -> bool:
    """Whether a transparent colour is compared with pixels of another depth by Pillow."""
    return data[_COLOUR_TYPE] != _PALETTE and data[_DEPTH] not in (1, 8)


def _as_rgb(image: Image.Image, behind: Sequence[int]) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        raise ImageFileError("an image of 32 bits a pixel and channel")
    if not image.has_transparency_data:
        return image.convert("RGB")
    opaque = image.convert("RGBA")
    under = Image.new("RGB", image.size, tuple(behind))
    under.paste(opaque, mask=opaque)
    return under
