"""Orientations of pictures as EXIF has them, with what only looks like it."""

from __future__ import annotations

import struct
import zlib

from tests.serving.bad_files import chunk

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def exif(value: int, order: str = ">", kind: int = 3, count: int = 1, offset: int = 8) -> bytes:
    """A TIFF of a make and an orientation."""
    head = (b"MM" if order == ">" else b"II") + struct.pack(f"{order}HI", 42, offset)
    make = struct.pack(f"{order}HHI4s", 0x010F, 2, 4, b"abc\0")
    turned = struct.pack(f"{order}HHIHH", 0x0112, kind, count, value, 0)
    return head + struct.pack(f"{order}H", 2) + make + turned + bytes(4)


MALFORMED = {
    "that is empty": b"",
    "of its byte order": b"MM\0*",
    "of another byte order": b"XX\0*" + exif(6)[4:],
    "cut in its directory": exif(6)[:24],
    "that lies beyond its end": exif(6, offset=60_000),
    "that lies far beyond its end": exif(6, offset=2**32 - 1),
    "of another type": exif(6, kind=2),
    "of a longer type": exif(6, "<", kind=4),
    "of two values": exif(6, count=2),
    "of several values": exif(6, count=3),
    "of orientation 0": exif(0),
    "of orientation 9": exif(9),
}


def turning() -> dict[str, bytes]:
    """Chunks of orientation 6."""
    block = chunk(b"eXIf", exif(6))
    return {
        "eXIf in a text before its EXIF": chunk(b"tEXt", b"Comment\0has eXIf in it") + block,
        "another EXIF in a text before its EXIF": chunk(b"tEXt", b"Comment\0" + chunk(b"eXIf", exif(3))) + block,
        "two EXIFs": block + chunk(b"eXIf", exif(3)),
        "XMP beside its EXIF": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP) + block,
    }


def not_turning() -> dict[str, bytes]:
    """Chunks that only look as if they had an orientation that counts."""
    profile = b"\nexif\n%8d\n" % 44 + (b"Exif\0\0" + exif(6)).hex().encode() + b"\n"
    return {
        "an EXIF in a text alone": chunk(b"tEXt", b"Comment\0" + chunk(b"eXIf", exif(6))),
        "a text called exif": chunk(b"tEXt", b"exif\0" + exif(6)),
        "a raw profile": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)),
        "XMP alone": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        **{f"an EXIF {name}": chunk(b"eXIf", tiff) for name, tiff in MALFORMED.items()},
    }
