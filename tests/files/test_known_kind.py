from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.files.known_kind import HEAD_BYTES, known_kind
from tests.foreign_files import HTML_PAGE, LFS_POINTER


def archive(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "tar":
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("a.npy"))
    elif kind == "npy":
        np.save(buffer, np.zeros(3))
    else:
        with zipfile.ZipFile(buffer, "w") as whole:
            if kind == "zip":
                whole.writestr("a", b"b")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (LFS_POINTER, "a Git LFS pointer; run git lfs pull"),
        (HTML_PAGE, "an HTML page; download the file itself"),
        (b"\xef\xbb\xbf<HTML lang=en>", "an HTML page"),
        (
            b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
            "an XML page, such as an error of",
        ),
        (b"", "an empty file; fetch it again"),
        (bytes(1000), "a file of zeros"),
        (gzip.compress(b"a"), "a gzip archive; unpack it"),
        (bz2.compress(b"a"), "a bzip2 archive; unpack it"),
        (lzma.compress(b"a"), "an xz archive; unpack it"),
        (archive("tar"), "a tar archive; unpack it"),
        (archive("npy"), r"a single array (.npy); save it under its name with np.savez(path, name=array)"),
        (archive("zip"), "a zip archive"),
        (archive("no members"), "an empty zip archive"),
        (pickle.dumps(list(range(1000))), "a Python pickle"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_file_is(content: bytes, kind: str) -> None:
    assert (known_kind(content[:HEAD_BYTES]) or "").startswith(kind)


@pytest.mark.parametrize("content", [b"n01440764 tench\n", b"PK", b"\x80\x02\0\0\0\0\0\0{", b"1", bytes(8) + b"1"])
def test_what_is_not_known(content: bytes) -> None:
    assert known_kind(content) is None


def test_the_shared_files_are_what_they_are(shared: Path) -> None:
    kinds = {"seven_rgb.png": None, "u8_01.npz": "a zip archive (.zip, .npz, .pth)", "keras_cf.json": None}
    for name, kind in kinds.items():
        assert known_kind((shared / "cases" / name).read_bytes()[:HEAD_BYTES]) == kind
