"""Which way up an image file is to be shown, as EXIF says in a JPEG's APP1 segment or a PNG's eXIf chunk.

Neither XMP nor profiles in texts count, and a served classifier reads the same: see `cgn_tf.serving.export.exif`.
"""

from __future__ import annotations

import struct

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

_UPRIGHT = 1
_ORIENTATION, _SHORT = 0x0112, 3  # a field's tag and type
_BLOCK, _CHUNK, _END = b"Exif\0\0", b"eXIf", b"IEND"
_SIGNATURE = 8  # bytes of a PNG before its first chunk
_LONGEST = 2**16  # bytes of a segment
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}


def orientation_of(image: Image.Image, data: bytes) -> int:
    """EXIF's orientation of a file, 1 to 8; 1, which is upright, where it has none or one that cannot be read.

    Args:
        image: opened from the file.
        data: the content of the file.
    """
    if isinstance(image, JpegImageFile):
        return _orientation(_tiff_of_jpeg(image))
    # Pillow turns TIFFs itself, and there is none in GIFs and BMPs
    if image.format == "WEBP":
        return _orientation(image.info.get("exif", b"").removeprefix(_BLOCK))
    return _orientation(_tiff_of_png(data)) if image.format == "PNG" else _UPRIGHT


def _tiff_of_jpeg(image: JpegImageFile) -> bytes:
    blocks = (content for name, content in image.applist if name == "APP1" and content.startswith(_BLOCK))
    return next(blocks, b"")[len(_BLOCK) :]


def _tiff_of_png(data: bytes) -> bytes:
    at = _SIGNATURE
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == _CHUNK:
            return data[at + 8 : at + 8 + min(length, _LONGEST)]
        if name == _END:
            break
        at += 12 + length
    return b""


def _orientation(tiff: bytes) -> int:
    """The orientation in the first directory of a TIFF: one number of 16 bits."""
    order = _ORDERS.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return _UPRIGHT
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return _UPRIGHT
    (rows,) = struct.unpack_from(f"{order}H", tiff, start)
    fields = tiff[start + 2 : start + 2 + 12 * rows]
    whole = fields[: len(fields) // 12 * 12]
    for tag, kind, count, value in struct.iter_unpack(f"{order}HHIH2x", whole):
        if (tag, kind, count) == (_ORIENTATION, _SHORT, 1):
            return value if 1 <= value <= 8 else _UPRIGHT
    return _UPRIGHT
