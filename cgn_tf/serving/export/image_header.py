"""What stands in the head of an image file, read inside a graph before the file is decoded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from cgn_tf.serving.export.inputs import require

IMAGES = "image_bytes"
"""The input that the files come in."""
MIN_BYTES = 33
"""Up to the end of a PNG's header; no JPEG is that short."""
MAX_COMPRESSED_TEXTS = 4
"""Compressed texts and colour profiles in a PNG: the decoder unpacks each of them, 8 MB out of 8 KB, for nothing."""
MAX_SCANS = 64
"""Passes over the image in a JPEG, of which progressive ones have about ten: each costs as much as the first."""

_PNG = b"\x89PNG\r\n\x1a\n"
_IHDR = b"\x00\x00\x00\rIHDR"
_GREY_AND_ALPHA, _RGB_AND_ALPHA = b"\4", b"\6"
_JPEG = b"\xff\xd8\xff"
_START_OF_SCAN = b"\xff\xda"  # followed by 0 where it is a value of a pixel


def is_png(files: Any) -> Any:
    """Whether files, string [...], begin as PNG: bool [...]."""
    return tf.equal(tf.strings.substr(files, 0, len(_PNG)), _PNG)


def has_transparency(file: Any) -> Any:
    """Whether a file, string [] for which `starts_as_image` holds, is a PNG with alpha or a transparent colour."""
    kind = tf.strings.substr(file, len(_PNG) + len(_IHDR) + 9, 1)
    # a chunk's name behind its length, of which the upper half is 0: there are at most 256 levels
    before = pieces(pieces(file, b"IDAT", 1)[0], b"tRNS")[:-1]
    chunks = tf.equal(tf.strings.substr(b"...." + before, -4, 2), b"\0\0")
    return is_png(file) & (tf.reduce_any(tf.equal(kind, [_GREY_AND_ALPHA, _RGB_AND_ALPHA])) | tf.reduce_any(chunks))


def starts_as_image(files: Any) -> Any:
    """Whether files, string [B], are long enough and begin as PNG or JPEG: bool [B]."""
    known = is_png(files) | tf.equal(tf.strings.substr(files, 0, len(_JPEG)), _JPEG)
    return known & (tf.strings.length(files) >= MIN_BYTES)


@contextlib.contextmanager
def check_header(number: Any, file: Any, max_pixels: int) -> Iterator[None]:
    """In the block a file is known to be of at most `max_pixels` pixels, and not to keep the decoder busy otherwise.

    Args:
        number: of its row, for the message.
        file: string [], for which `starts_as_image` holds.
        max_pixels: width times height.

    Raises:
        tf.errors.InvalidArgumentError: where the graph runs.
    """

    def png() -> Any:
        with require() as holds:
            header = tf.strings.substr(file, len(_PNG), len(_IHDR))
            holds(
                tf.equal(header, _IHDR),
                f"{IMAGES}: expected a PNG that begins with its header, got none in row",
                number,
            )
            size = tf.io.decode_raw(tf.strings.substr(file, len(_PNG) + len(_IHDR), 8), tf.int32, little_endian=False)
            texts = tf.add_n([_count(file, name) for name in (b"zTXt", b"iTXt", b"iCCP")])
            return size[0], size[1], tf.constant(0), texts

    def jpeg() -> Any:
        height, width, _ = tf.unstack(tf.image.extract_jpeg_shape(file))
        return width, height, _count(file, _START_OF_SCAN), tf.constant(0)

    width, height, scans, texts = tf.cond(is_png(file), png, jpeg)
    pixels = tf.cast(width, tf.int64) * tf.cast(height, tf.int64)
    with require() as holds:
        # the sizes of a PNG are unsigned, but it may not use the highest bit
        fits = (width >= 1) & (height >= 1) & (pixels <= max_pixels)
        holds(fits, f"{IMAGES}: expected at most {max_pixels} pixels, got", width, "by", height, "in row", number)
        limit = f"{IMAGES}: expected at most {MAX_SCANS} scans in a JPEG, got"
        holds(scans <= MAX_SCANS, limit, scans, "in row", number)
        limit = f"{IMAGES}: expected at most {MAX_COMPRESSED_TEXTS} compressed texts and profiles in a PNG, got"
        holds(texts <= MAX_COMPRESSED_TEXTS, limit, texts, "in row", number)
        yield


def pieces(file: Any, mark: Any, times: int = -1) -> Any:
    """What a file, string [], falls into where it is cut at the first `times` marks, -1: at all; string [n]."""
    return tf.raw_ops.StringSplitV2(input=[file], sep=mark, maxsplit=times).values


def _count(file: Any, mark: bytes) -> Any:
    """How often `mark` stands in a file, int32 []."""
    return tf.size(pieces(file, mark)) - 1
