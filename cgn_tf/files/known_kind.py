"""What a file is that is not what its name says, told from how it starts."""

from __future__ import annotations

HEAD_BYTES = 512
"""How much of a file `known_kind` wants to see."""

_HTML = (b"<!doctype html", b"<html", b"<head")
_STARTS = {
    b"<?xml": "an XML page, such as an error of the server; fetch the file itself",
    b"version https://git-lfs.github.com/": "a Git LFS pointer; run git lfs pull to fetch the file itself",
    b"\x93NUMPY": "a single array (.npy); save it under its name with np.savez(path, name=array)",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file (.h5)",
    b"PK\x03\x04": "a zip archive (.zip, .npz, .pth)",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "a gzip archive; unpack it with gunzip or tar",
    b"BZh": "a bzip2 archive; unpack it with bunzip2 or tar",
    b"\xfd7zXZ\x00": "an xz archive; unpack it with unxz or tar",
    b"(\xb5/\xfd": "a Zstandard archive; unpack it with unzstd or tar",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
    b"\x80\x04\x95": "a Python pickle",
    b"\x80\x05\x95": "a Python pickle",
}
_TAR_AT = 257
"""Where a tar archive says that it is one."""


def known_kind(head: bytes) -> str | None:
    """What a file is, and what to do with it, as the end of a sentence: "an HTML page; download the file itself".

    Args:
        head: the first `HEAD_BYTES` bytes of it, or all that there are.

    Returns:
        None where the start is not one that people mistake for another file.
    """
    if not head:
        return "an empty file; fetch it again"
    if not head.strip(b"\0"):
        return "a file of zeros, as an interrupted download leaves it; fetch it again"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_HTML):
        return "an HTML page; download the file itself, not the page about it"
    if head[_TAR_AT:].startswith(b"ustar"):
        return "a tar archive; unpack it with tar"
    return next((kind for start, kind in _STARTS.items() if head.startswith(start)), None)
