"""Which way up an image file is to be shown, read inside a graph from its EXIF block.

What counts is what `cgn_tf.files.orientation` reads outside a graph.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from cgn_tf.serving.export.image_header import IMAGES, is_png, pieces
from cgn_tf.serving.export.inputs import require

MAX_SEGMENTS = 256
"""Steps of the search through the head of a JPEG; cameras write about ten segments, the EXIF block among the first."""

MAX_CHUNKS = 2048
"""Steps of the search through a PNG; its pixels may be in many chunks, usually of 8 KiB and more, before the EXIF."""

_UPRIGHT = 1
_ORIENTATION, _SHORT = 0x0112, 3  # a field's tag and type
_CHUNK, _END, _BLOCK = b"eXIf", b"IEND", b"Exif\0\0"  # chunks of a PNG, and what it begins with in a JPEG
_SIGNATURE = 8  # bytes of a PNG before its first chunk
_LONGEST = 2**16  # bytes of a segment
_LITTLE_ENDIAN, _BIG_ENDIAN = b"II*\0", b"MM\0*"


def upright(image: Any, number: Any, file: Any) -> Any:
    """The image [H, W, C] of a file as EXIF's orientation says that it is to be shown: [H, W, C] or [W, H, C].

    An EXIF block that cannot be read turns nothing.

    Args:
        image: as it is stored.
        number: of its row, for the message.
        file: string [], a PNG or JPEG.

    Raises:
        tf.errors.InvalidArgumentError: where the graph runs, for a JPEG with an EXIF block and more than `MAX_SEGMENTS`
            segments before its pixels, or a PNG with such a block and more than `MAX_CHUNKS` chunks before it.
    """

    def turned() -> Any:
        tiff = tf.cond(is_png(file), lambda: _tiff_of_png(number, file), lambda: _tiff_of_jpeg(number, file))
        return _turned(image, _orientation(tiff))

    # most files have none, and the search takes longer than decoding a digit
    mark = tf.where(is_png(file), _CHUNK, _BLOCK)
    return tf.cond(tf.size(pieces(file, mark, 1)) > 1, turned, lambda: image)


def _turned(image: Any, orientation: Any) -> Any:
    image = _where(orientation >= 5, lambda: tf.transpose(image, [1, 0, 2]), image)
    mirrored, upside_down = (tf.reduce_any(tf.equal(orientation, of)) for of in ([2, 3, 6, 7], [3, 4, 7, 8]))
    image = _where(mirrored, lambda image=image: tf.reverse(image, [1]), image)
    return _where(upside_down, lambda image=image: tf.reverse(image, [0]), image)


def _where(condition: Any, changed: Any, image: Any) -> Any:
    return tf.cond(condition, changed, lambda: image)


def _tiff_of_png(number: Any, file: Any) -> Any:
    """What the first eXIf chunk holds; empty where there is none, but its name in the midst of another."""
    size = tf.strings.length(file)
    padded = file + bytes(8)

    def is_named(at: Any, *names: bytes) -> Any:
        return tf.reduce_any(tf.equal(tf.strings.substr(padded, at + 4, 4), names))

    def length(at: Any) -> Any:
        """Of a chunk's content; what reaches beyond the file, as the highest bit does, ends with it."""
        (found,) = tf.unstack(tf.io.decode_raw(tf.strings.substr(padded, at, 4), tf.int32, little_endian=False), 1)
        return tf.where((found >= 0) & (found < size), found, size)

    def goes_on(at: Any) -> Any:
        return (at < size) & ~is_named(at, _CHUNK, _END)

    def behind(at: Any) -> Any:
        return (tf.minimum(at + 12 + length(at), size),)

    (at,) = tf.while_loop(goes_on, behind, (tf.constant(_SIGNATURE),), maximum_iterations=MAX_CHUNKS)
    with require() as holds:
        limit = f"{IMAGES}: expected at most {MAX_CHUNKS} chunks before the EXIF of a PNG, got more in row"
        holds(~goes_on(at), limit, number)
        return tf.where(is_named(at, _CHUNK), tf.strings.substr(padded, at + 8, length(at)), b"")


def _tiff_of_jpeg(number: Any, file: Any) -> Any:
    """What follows the mark of the EXIF block among the segments before the pixels; empty where there is none."""
    size = tf.strings.length(file)
    padded = file + bytes(10)

    def starts_block(at: Any) -> Any:
        return tf.equal(tf.strings.substr(padded, at, 2), b"\xff\xe1") & tf.equal(
            tf.strings.substr(padded, at + 4, len(_BLOCK)), _BLOCK
        )

    def length(at: Any) -> Any:
        """Of a segment without its marker."""
        head = tf.cast(tf.io.decode_raw(tf.strings.substr(padded, at + 2, 2), tf.uint8), tf.int32)
        return head[0] * 256 + head[1]

    def goes_on(at: Any) -> Any:
        marker = tf.strings.substr(padded, at, 2)
        ends = tf.reduce_any(tf.equal(marker, [b"\xff\xda", b"\xff\xd9"]))  # the pixels, or the end of the image
        return (at < size) & ~ends & ~starts_block(at)

    def behind(at: Any) -> Any:
        """Behind a segment, or one byte on where there is none: decoders pass over what stands between segments."""
        head = tf.cast(tf.io.decode_raw(tf.strings.substr(padded, at, 2), tf.uint8), tf.int32)
        is_segment = tf.equal(head[0], 0xFF) & (head[1] > 0) & (head[1] < 0xFF)
        return (tf.minimum(at + tf.where(is_segment, 2 + length(at), 1), size),)

    (at,) = tf.while_loop(goes_on, behind, (tf.constant(2),), maximum_iterations=MAX_SEGMENTS)
    with require() as holds:
        limit = f"{IMAGES}: expected at most {MAX_SEGMENTS} segments before the pixels of a JPEG, got more in row"
        holds(~goes_on(at), limit, number)
        begin = at + 4 + len(_BLOCK)
        end = tf.maximum(at + 2 + length(at), begin)
        return tf.where(starts_block(at), tf.strings.substr(padded, begin, end - begin), b"")


def _orientation(tiff: Any) -> Any:
    """The orientation in the first directory of a TIFF; 1 where there is none, or anything is out of place."""
    tiff = tf.strings.substr(tiff, 0, _LONGEST)
    data = tiff + bytes(10)  # so that there are a head and a count
    order = tf.strings.substr(data, 0, 4)
    little = tf.equal(order, _LITTLE_ENDIAN)
    values = tf.cast(tf.io.decode_raw(data, tf.uint8), tf.int32)
    size = tf.size(values)

    def numbers(begin: Any, count: Any) -> Any:
        """`count` numbers of 16 bits each."""
        pairs = tf.reshape(values[begin : begin + 2 * count], [-1, 2])
        return tf.reduce_sum(pairs * tf.where(little, [1, 256], [256, 1]), axis=1)

    halves = numbers(4, 2)
    low, high = (tf.where(little, halves[a], halves[b]) for a, b in ((0, 1), (1, 0)))
    start = tf.where(tf.equal(high, 0), tf.minimum(low, size - 2), size - 2)
    rows = tf.minimum(numbers(start, 1)[0], tf.maximum(tf.strings.length(tiff) - start - 2, 0) // 12)
    fields = tf.reshape(numbers(start + 2, 6 * rows), [-1, 6])
    # tag, type, the halves of how many values there are, which is one, and the value
    sought = [_ORIENTATION, _SHORT, *tf.unstack(tf.where(little, [1, 0], [0, 1]))]
    found = tf.reduce_all(tf.equal(fields[:, :4], sought), axis=1)
    value = tf.concat([tf.boolean_mask(fields[:, 4], found), [_UPRIGHT]], axis=0)[0]
    is_tiff = little | tf.equal(order, _BIG_ENDIAN)
    return tf.where(is_tiff & (value >= 1) & (value <= 8), value, _UPRIGHT)
