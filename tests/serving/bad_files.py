"""Image files that are refused, and pieces that PNGs are made of."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

from tests.serving.asked import encoded, photo

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(
    width: int = 8, height: int = 8, *, extra: bytes = b"", depth: int = 8, colour: int = 2, data: bytes | None = None
) -> bytes:
    """A PNG made by hand, of one grey; `extra` stands before the pixels."""
    if data is None:
        row = b"\0" + b"\x55" * ((width * CHANNELS[colour] * depth + 7) // 8)
        data = zlib.compress(row * height, 9)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def announced(width: int, height: int) -> bytes:
    """A PNG that says to be so large, and is not."""
    return png(width, height, data=zlib.compress(b"\0" * 100))


def scans(count: int) -> bytes:
    """A JPEG that goes over its pixels once more, again and again."""
    whole = encoded(photo(32, 32), "JPEG", progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * count + whole[-2:]


def large_jpeg(width: int, height: int) -> bytes:
    """A JPEG whose head says that it is so large."""
    content = bytearray(encoded(photo(16, 16), "JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


TEXT = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 7_900_000, 9))
"""8 kB that become 8 MB."""
PNG, JPEG, PROGRESSIVE = (
    encoded(photo(40, 30)),
    encoded(photo(40, 30), "JPEG"),
    encoded(photo(40, 30), "JPEG", progressive=True),
)
_WHOLE = "image_bytes_expected_whole_PNG_or_JPEG_files"
_KNOWN = "[image_bytes: expected PNG or JPEG files of at least 33 bytes, got something else in rows] [1]"
_SIZE = "[image_bytes: expected at most 4096 pixels, got]"
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", _KNOWN),
    "text": (b"an image, really, of more than thirty-three bytes", _KNOWN),
    "a short one": (PNG[:32], _KNOWN),
    "GIF": (encoded(photo(8, 8), "GIF"), _KNOWN),
    "BMP": (encoded(photo(8, 8), "BMP"), _KNOWN),
    "WebP": (encoded(photo(8, 8), "WEBP"), _KNOWN),
    "TIFF": (encoded(photo(8, 8), "TIFF"), _KNOWN),
    "a PNG of a byte too few": (PNG[:-13], _WHOLE),
    "half a PNG": (PNG[: len(PNG) // 2], _WHOLE),
    "a PNG without pixels": (png(data=zlib.compress(b"")), _WHOLE),
    "a PNG with a flipped bit": (PNG[:300] + bytes([PNG[300] ^ 1]) + PNG[301:], _WHOLE),
    "a PNG without its header": (
        SIGNATURE + chunk(b"IDAT", b"\0" * 60),
        "[image_bytes: expected a PNG that begins with its header",
    ),
    "a PNG without a palette": (png(colour=3), _WHOLE),
    "a PNG of width 0": (announced(0, 8), f"{_SIZE} [0] [by] [8] [in row] [1]"),
    "a PNG of a height beyond 31 bits": (announced(1, 2**31 + 5), f"{_SIZE} [1] [by] [-2147483643]"),
    "a PNG bomb": (announced(2**31 - 1, 2**31 - 1), f"{_SIZE} [2147483647] [by] [2147483647] [in row] [1]"),
    "a PNG whose area is 0 modulo 2**32": (announced(2**16, 2**16), f"{_SIZE} [65536] [by] [65536]"),
    "a PNG a pixel too large": (png(4097, 1), f"{_SIZE} [4097] [by] [1]"),
    "half a JPEG": (JPEG[: len(JPEG) // 2], _WHOLE),
    "half a progressive JPEG": (PROGRESSIVE[: len(PROGRESSIVE) // 2], _WHOLE),
    "a JPEG of its head": (JPEG[:100], _WHOLE),
    "a JPEG of garbage": (b"\xff\xd8\xff" + bytes(range(100)), _WHOLE),
    "a JPEG bomb": (large_jpeg(65500, 65500), f"{_SIZE} [65500] [by] [65500] [in row] [1]"),
    "a JPEG of too many scans": (scans(60), "[image_bytes: expected at most 64 scans in a JPEG, got]"),
    "a PNG of many compressed texts": (
        png(extra=5 * TEXT),
        "[image_bytes: expected at most 4 compressed texts and profiles in a PNG, got] [5]",
    ),
}
"""Kind → file, and what the message says."""

ODD: dict[str, bytes] = {
    "grey of one bit": png(depth=1, colour=0),
    "grey of four bits": png(depth=4, colour=0),
    "grey of sixteen bits": png(depth=16, colour=0),
    "colour of sixteen bits": png(depth=16),
    "grey and alpha": png(colour=4),
    "colour and alpha of sixteen bits": png(depth=16, colour=6),
    "a palette": png(colour=3, extra=chunk(b"PLTE", bytes(range(256)) * 3)),
    "a palette with transparency": encoded(photo(9, 9), "PNG", "P", transparency=3),
    "texts": png(extra=TEXT + chunk(b"tEXt", b"Author\0nobody")),
    "bytes behind the end": png() + b"and more",
    "grey JPEG": encoded(photo(20, 20), "JPEG", "L"),
    "CMYK JPEG": encoded(photo(20, 20), "JPEG", "CMYK"),
    "progressive JPEG": PROGRESSIVE,
    "64 by 64": encoded(photo(64, 64)),
    "one row": png(4096, 1),
    "one pixel": png(1, 1),
}
"""Kind → file that is unusual, and answered."""


def animated() -> bytes:
    """An animated PNG of two frames, black and then white."""
    frames = [Image.fromarray(np.full((12, 12, 3), level, np.uint8)) for level in (0, 255)]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    return file.getvalue()
