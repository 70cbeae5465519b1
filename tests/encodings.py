"""Pictures in every encoding that image files come in, with what is to be seen of them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tests.exif_blocks import MALFORMED, XMP, exif, not_turning, turning
from tests.serving.bad_files import CHANNELS, chunk, png

_RANDOM = np.random.default_rng(3)
COLOUR = _RANDOM.integers(0, 256, (24, 16, 3), np.uint8)
ALPHA = _RANDOM.integers(0, 256, (24, 16, 1), np.uint8)
ALPHA[:2], ALPHA[2:4] = 0, 255
_LEVELS = np.array([[0, 60], [120, 200], [255, 20]], np.uint8)
BLOCKS = np.kron(_LEVELS[..., None], np.ones((8, 8, 3), np.uint8))
"""Blocks of one grey each, which a JPEG of quality 100 keeps as they are."""
WIDE = _RANDOM.integers(0, 2**16, (24, 16, 4), np.uint16)


class Encoded(NamedTuple):
    """A file, and what is seen of it on black, uint8 [H, W, 3]."""

    file: bytes
    picture: np.ndarray


def on_black(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colour [H, W, 3 or 1] and alpha [H, W, 1], 0 to 255, → uint8 [H, W, 3]."""
    return np.repeat(np.rint(colour * (alpha / 255.0)), 3 // colour.shape[-1], axis=-1).astype(np.uint8)


def grey(values: np.ndarray) -> np.ndarray:
    """[H, W, 1] → uint8 [H, W, 3]."""
    return np.repeat(values, 3, axis=-1).astype(np.uint8)


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def raw(samples: np.ndarray, depth: int, colour: int, extra: bytes = b"") -> bytes:
    """A PNG of samples [H, W, C] of 1 to 16 bits, made by hand."""
    assert samples.shape[-1] == CHANNELS[colour]
    height, width = samples.shape[:2]
    return png(width, height, depth=depth, colour=colour, extra=extra, data=zlib.compress(_rows(samples, depth)))


def interlaced(samples: np.ndarray) -> bytes:
    """A PNG of RGB, [H, W, 3], in the seven passes of Adam7."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    data = b"".join(_rows(samples[y::down, x::across], 8) for y, x, down, across in passes)
    plain = png(samples.shape[1], samples.shape[0], data=zlib.compress(data))
    header = plain[16:28] + b"\1"
    return plain[:8] + chunk(b"IHDR", header) + plain[33:]


def _rows(samples: np.ndarray, depth: int) -> bytes:
    bits = np.unpackbits(samples.astype(">u2")[..., None].view(np.uint8), axis=-1)[..., -depth:]
    return b"".join(b"\0" + np.packbits(row.reshape(-1)).tobytes() for row in bits)


def key(*levels: int) -> bytes:
    """The chunk that names one colour as transparent."""
    return chunk(b"tRNS", struct.pack(f">{len(levels)}H", *levels))


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_segments(file: bytes, *segments: bytes) -> bytes:
    """A JPEG with segments at its beginning."""
    return file[:2] + b"".join(segments) + file[2:]


def stored(picture: np.ndarray, orientation: int) -> np.ndarray:
    """The pixels that a file of this orientation holds, so that the picture is seen."""
    turns = {2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (1, False), 7: (3, True), 8: (3, False)}
    turn, mirrored = turns.get(orientation, (0, False))
    picture = picture[:, ::-1] if mirrored else picture
    return np.ascontiguousarray(np.rot90(picture, turn))


def jpeg(pixels: np.ndarray, mode: str = "RGB", **options: Any) -> bytes:
    return saved(Image.fromarray(pixels).convert(mode), "JPEG", quality=100, **options)


def _pngs() -> dict[str, Encoded]:
    first, bits = COLOUR[..., :1], COLOUR[..., :1] >> 7
    hidden = np.where(ALPHA > 127, COLOUR, 255).astype(np.uint8)
    cut = np.where(ALPHA > 127, 255, 0).astype(np.uint8)
    white = np.full_like(ALPHA, 255)
    indexed = Image.fromarray(COLOUR).quantize(16)
    palette, index = np.array(indexed.getpalette(), np.uint8).reshape(-1, 3), np.asarray(indexed)
    few = Image.fromarray(COLOUR).quantize(3)
    of_index = np.arange(16, dtype=np.uint8) * 17
    same = np.all(COLOUR[5, 5] == COLOUR, axis=-1, keepdims=True)
    files = {
        "RGB": (saved(Image.fromarray(COLOUR)), COLOUR),
        "RGBA": (saved(Image.fromarray(np.concatenate([COLOUR, ALPHA], -1))), on_black(COLOUR, ALPHA)),
        "RGBA, white hidden": (saved(Image.fromarray(np.concatenate([hidden, cut], -1))), on_black(hidden, cut)),
        "L": (saved(Image.fromarray(first[..., 0])), grey(first)),
        "LA": (saved(Image.fromarray(np.concatenate([first, ALPHA], -1), "LA")), on_black(first, ALPHA)),
        "LA, drawn in alpha": (saved(Image.fromarray(np.concatenate([white, ALPHA], -1), "LA")), grey(ALPHA)),
        "P": (saved(indexed), palette[index]),
        "P of two bits": (saved(few), np.asarray(few.convert("RGB"))),
        "P, one index transparent": (saved(indexed, transparency=3), palette[index] * (index != 3)[..., None]),
        "P, transparent by degrees": (
            saved(indexed, transparency=bytes(of_index)), on_black(palette[index], of_index[index][..., None])
        ),
        "RGB, a colour transparent": (
            saved(Image.fromarray(COLOUR), transparency=tuple(COLOUR[5, 5].tolist())), COLOUR * ~same
        ),
        "L, a level transparent": (
            saved(Image.fromarray(first[..., 0]), transparency=int(first[5, 5, 0])),
            grey(first * (first != first[5, 5])),
        ),
        "1": (saved(Image.fromarray(first[..., 0] > 99)), grey((first > 99) * 255)),
        "1, white transparent": (raw(first > 99, 1, 0, key(1)), grey(first * 0)),
        "grey of two bits": (raw(first >> 6, 2, 0), grey((first >> 6) * 85)),
        "grey of four bits": (raw(first >> 4, 4, 0), grey((first >> 4) * 17)),
        "the word tRNS in a text": (raw(bits, 1, 0, chunk(b"tEXt", b"Comment\0no tRNS")), grey(bits * 255)),
        "grey of 16 bits": (raw(WIDE[..., :1], 16, 0), grey(WIDE[..., :1] >> 8)),
        "RGB of 16 bits": (raw(WIDE[..., :3], 16, 2), (WIDE[..., :3] >> 8).astype(np.uint8)),
        "RGBA of 16 bits": (raw(WIDE, 16, 6), on_black(WIDE[..., :3] >> 8, WIDE[..., 3:] >> 8)),
        "LA of 16 bits": (raw(WIDE[..., [0, 3]], 16, 4), on_black(WIDE[..., :1] >> 8, WIDE[..., 3:] >> 8)),
        "interlaced": (interlaced(COLOUR), COLOUR),
    }  # fmt: skip
    for value in range(1, 9):
        turned = Image.fromarray(stored(COLOUR, value))
        files[f"PNG of orientation {value}"] = (saved(turned, exif=b"Exif\0\0" + exif(value)), COLOUR)
    for name, chunks in turning().items():
        files[f"PNG with {name}"] = (raw(stored(COLOUR, 6), 8, 2, chunks), COLOUR)
    behind = raw(stored(COLOUR, 6), 8, 2)
    files["PNG with its EXIF behind its pixels"] = (behind[:-12] + chunk(b"eXIf", exif(6)) + behind[-12:], COLOUR)
    for name, chunks in not_turning().items():
        files[f"PNG with {name}"] = (raw(COLOUR, 8, 2, chunks), COLOUR)
    return {name: Encoded(*pair) for name, pair in files.items()}


def _rare_keys() -> dict[str, Encoded]:
    first, wide = COLOUR[..., :1], WIDE[..., :3]
    other = np.any(wide != wide[5, 5], axis=-1, keepdims=True)
    pale = first >> 4
    return {
        "grey of four bits, a level transparent": Encoded(
            raw(pale, 4, 0, key(int(pale[5, 5, 0]))), grey(pale * 17 * (pale != pale[5, 5]))
        ),
        "RGB of 16 bits, a colour transparent": Encoded(
            raw(wide, 16, 2, key(*wide[5, 5].tolist())), ((wide >> 8) * other).astype(np.uint8)
        ),
        "grey of 16 bits, a level transparent": Encoded(
            raw(wide[..., :1], 16, 0, key(int(wide[5, 5, 0]))),
            grey((wide[..., :1] >> 8) * (wide[..., :1] != wide[5, 5, :1])),
        ),
    }


def _jpegs() -> dict[str, Encoded]:
    plain, cmyk = jpeg(BLOCKS), jpeg(BLOCKS, "CMYK")
    at = cmyk.index(b"Adobe") + 11
    ycck = cmyk[:at] + b"\2" + cmyk[at + 1 :]
    with Image.open(io.BytesIO(ycck)) as image:
        seen_ycck = np.asarray(image.convert("RGB"))
    files = {
        "JPEG": (plain, BLOCKS),
        "grey JPEG": (jpeg(BLOCKS, "L"), BLOCKS),
        "progressive JPEG": (jpeg(BLOCKS, progressive=True), BLOCKS),
        "CMYK JPEG": (cmyk, BLOCKS),
        "YCCK JPEG": (ycck, seen_ycck),
    }
    for value in range(1, 9):
        for order in "><":
            block = segment(0xE1, b"Exif\0\0" + exif(value, order))
            turned = jpeg(stored(BLOCKS, value))
            files[f"JPEG of orientation {value}, {order}"] = (with_segments(turned, block), BLOCKS)
    turned = jpeg(stored(BLOCKS, 6), "L")
    block = segment(0xE1, b"Exif\0\0" + exif(6))
    # the bytes that begin the pixels stand in a profile, and another block follows that does not count
    before = segment(0xE2, b"ICC_PROFILE\0\1\1" + b"\xff\xda\xff\xd9" * 4), segment(0xFE, b"Exif\0\0" + exif(3))
    files["grey JPEG with segments before its EXIF"] = (with_segments(turned, *before, block), BLOCKS)
    files["JPEG with an EXIF behind its end"] = (plain + with_segments(turned, block), BLOCKS)
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
    files["JPEG with XMP alone"] = (with_segments(plain, xmp), BLOCKS)
    files["JPEG with XMP before its EXIF"] = (with_segments(turned, xmp, block), BLOCKS)
    files["JPEG with two EXIFs"] = (with_segments(turned, block, segment(0xE1, b"Exif\0\0" + exif(3))), BLOCKS)
    halves = (segment(0xE1, b"Exif\0\0" + half) for half in (exif(6)[:24], exif(6)[24:]))
    files["JPEG with its EXIF in two segments"] = (with_segments(plain, *halves), BLOCKS)
    for name, tiff in MALFORMED.items():
        files[f"JPEG with an EXIF {name}"] = (with_segments(plain, segment(0xE1, b"Exif\0\0" + tiff)), BLOCKS)
    return {name: Encoded(*pair) for name, pair in files.items()}


PNGS, JPEGS = _pngs(), _jpegs()
RARE_KEYS = _rare_keys()
"""Transparent colours of other than 8 bits, which Pillow reads wrongly."""
