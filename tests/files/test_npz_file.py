"""Files that are no .npz, damaged ones and hostile ones: one line from every reader, and nothing is allocated."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgn_tf.datasets.digits.sources import load_digits
from cgn_tf.errors import CommandError
from cgn_tf.files.npz_file import NpzError, read_npz
from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.weights.feature_weights import load_feature_weights
from tests.foreign_files import HTML_PAGE, LFS_POINTER

NAMES = ("x_train", "y_train")


def arrays() -> dict[str, np.ndarray]:
    return {
        "x_train": np.random.default_rng(0).integers(0, 256, (9, 28, 28), dtype=np.uint8),
        "y_train": np.arange(9),
    }


def saved(save: Callable[..., None] = np.savez, **changes: Any) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **(arrays() | changes))
    return buffer.getvalue()


def with_member(content: bytes, *, compression: int = zipfile.ZIP_STORED, name: str = "x_train") -> bytes:
    """An .npz whose array `name` has this content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved())) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for member in old.namelist():
            new.writestr(member, content if member == f"{name}.npy" else old.read(member))
    return buffer.getvalue()


def npy(shape: str, *, descr: str = "'<f4'", data: bytes = bytes(8), version: int = 1) -> bytes:
    """A file of one array whose header says what one likes."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header + data


def with_field(offset: int, value: int) -> bytes:
    """An .npz in which a field of two bytes of every member is another, in its own header and in the directory."""
    content = bytearray(saved())
    for start, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        place = content.find(start)
        while place >= 0:
            content[place + offset + shift : place + offset + shift + 2] = struct.pack("<H", value)
            place = content.find(start, place + 1)
    return bytes(content)


def damaged_deflate() -> bytes:
    """An .npz whose first array starts with a block of a kind that there is not."""
    content = bytearray(saved(np.savez_compressed))
    name_length, extra_length = struct.unpack_from("<HH", content, 26)
    content[30 + name_length + extra_length] |= 0b111
    return bytes(content)


def flipped_bit() -> bytes:
    content = bytearray(saved())
    content[5_000] ^= 1
    return bytes(content)


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        file.addfile(tarfile.TarInfo("x_train.npy"))
    return buffer.getvalue()


def single_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, arrays()["x_train"])
    return buffer.getvalue()


def bomb() -> bytes:
    """An image of 300 MB in 300 kB."""
    size = 300 * 2**20
    return with_member(npy(f"({size},)", descr="'|u1'", data=bytes(size)), compression=zipfile.ZIP_DEFLATED)


DAMAGED = r"damaged or truncated \.npz"
FOREIGN: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "expected an .npz, got an empty file"),
    "text": (lambda: b"not a zip file", "expected an .npz, got a file that starts with b'not a zi'"),
    "LFS pointer": (lambda: LFS_POINTER, "expected an .npz, got a Git LFS pointer; run git lfs pull"),
    "HTML page": (lambda: HTML_PAGE, "expected an .npz, got an HTML page; download the file itself"),
    "gzip": (lambda: gzip.compress(saved()), "expected an .npz, got a gzip archive"),
    "tar": (tar, "expected an .npz, got a tar archive"),
    "single array": (single_array, r"expected an .npz, got a single array \(\.npy\)"),
    "start alone": (lambda: b"PK\x03\x04 cut off", DAMAGED),
    "truncated": (lambda: saved()[:-500], DAMAGED),
    "flipped bit": (flipped_bit, rf"{DAMAGED} \(Bad CRC-32"),
    "damaged deflate": (damaged_deflate, rf"{DAMAGED} \(Error -3"),
    "method 99": (lambda: with_field(8, 99), r"npy: expected stored or deflated bytes.*got compression method 99"),
    "bzip2": (
        lambda: with_member(single_array(), compression=zipfile.ZIP_BZIP2),
        "npy: expected stored or deflated bytes.*got compression method 12; save it anew",
    ),
    "encrypted": (lambda: with_field(6, 1), "npy: is encrypted; unpack it with its password"),
    "version of the far future": (lambda: with_field(4, 99), rf"{DAMAGED} \(zip file version 9\.9"),
    "terabytes": (
        lambda: with_member(npy("(1000000, 1000000)")),
        r"x_train\.npy: damaged; its header announces float32 \[1000000, 1000000\], 4,000,000,000,0\d\d bytes, got",
    ),
    "negative": (lambda: with_member(npy("(-2, -1)")), r"damaged; its header announces float32 \[-2, -1\]"),
    "too short": (lambda: with_member(npy("(3,)")), r"damaged; its header announces float32 \[3\], 8\d bytes, got 7"),
    "bracket": (lambda: with_member(npy("(")), "x_train.npy: damaged header"),
    "brackets": (lambda: with_member(npy("(" + "-" * 9_000 + "1,)")), "x_train.npy: damaged header|Cannot parse"),
    "long header": (lambda: with_member(npy(" " * 20_000 + "(2,)", version=2)), DAMAGED),
    "structured": (lambda: with_member(npy("(2,)", version=3)), r"expected a plain array, got format \(3, 0\)"),
    "objects": (
        lambda: saved(x_train=np.array([{}], object), y_train=np.array([None], object)),
        r"expected numbers, got Python objects \(a pickle\), which are not read",
    ),
    "member of text": (lambda: with_member(b"hello"), DAMAGED),
    "bomb": (bomb, r"x_train\.npy: unpacks 30\d,\d{3} bytes to 314,572,\d{3}, which no images or weights do"),
}  # fmt: skip


def feature_weights(path: Path) -> None:
    network = FeatureNetwork("squeezenet", [0])
    load_feature_weights(network, str(path))


READERS = {
    "read_npz": lambda path: read_npz(path, NAMES),
    "digits": lambda path: load_digits(str(path), "train"),
    "feature weights": feature_weights,
}


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("foreign")
    paths = {name: folder / f"{name}.npz" for name in FOREIGN}
    for name, (content, _) in FOREIGN.items():
        paths[name].write_bytes(content())
    return paths


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_something_else_is_one_line(name: str, reader: str, foreign: dict[str, Path]) -> None:
    with pytest.raises(CommandError, match=rf"{name}\.npz: .*{FOREIGN[name][1]}") as caught:
        READERS[reader](foreign[name])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["terabytes", "bomb", "too short"])
def test_nothing_large_is_allocated_for_it(name: str, foreign: dict[str, Path]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(NpzError):
            read_npz(foreign[name])
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("reader", READERS)
def test_a_path_that_cannot_be_read(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match=r"none\.npz: cannot be read \(No such file or directory\)\.$"):
        READERS[reader](tmp_path / "none.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(CommandError, match=r"folder\.npz: cannot be read \(Is a directory\)\.$"):
        READERS[reader](tmp_path / "folder.npz")

    def refusing(path: Path, *_: object) -> None:
        raise PermissionError(13, os.strerror(13), str(path))  # root may read everything

    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(CommandError, match=r"secret\.npz: cannot be read \(Permission denied\)\.$"):
        READERS[reader](tmp_path / "secret.npz")


def test_the_shared_damaged_file(shared: Path) -> None:
    with pytest.raises(NpzError, match=rf"comp_damaged\.npz: {DAMAGED} \(Error -3 while decompressing data"):
        load_digits(str(shared / "cases" / "comp_damaged.npz"), "train")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back_as_they_were(save: Callable[..., None], tmp_path: Path) -> None:
    more = {
        "scalar": np.array(2.5),
        "none": np.zeros((0, 3), np.float16),
        "columns": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "big-endian": np.arange(3, dtype=">i2"),
        "zeros": np.zeros(10**6, np.uint8),
    }
    (tmp_path / "a.npz").write_bytes(saved(save, **more))
    found = read_npz(tmp_path / "a.npz")
    assert list(found) == [*arrays(), *more]
    for name, array in (arrays() | more).items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
    assert list(read_npz(tmp_path / "a.npz", ["zeros", "scalar"])) == ["zeros", "scalar"]


def test_only_what_is_asked_for_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(with_member(npy("(1000000, 1000000)")))
    np.testing.assert_array_equal(read_npz(tmp_path / "a.npz", ["y_train"])["y_train"], np.arange(9))
    with pytest.raises(NpzError, match=r"a\.npz: has no labels, images; it holds x_train, y_train\.$"):
        read_npz(tmp_path / "a.npz", ["labels", "x_train", "images"])


def test_an_array_larger_than_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    (tmp_path / "a.npz").write_bytes(saved())
    monkeypatch.setattr(np.lib.format, "read_array", full)
    with pytest.raises(NpzError, match=r"x_train\.npy: uint8 \[9, 28, 28\] does not fit into the memory \(7,1\d\d byt"):
        read_npz(tmp_path / "a.npz")
