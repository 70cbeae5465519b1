"""Arrays of an .npz, read whatever the file holds: nothing is executed, nothing allocated that the file cannot fill."""

from __future__ import annotations

import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.files.known_kind import HEAD_BYTES, known_kind

_SUFFIX = ".npy"
_ENCRYPTED = 0x1
"""Flag of a zip's member."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What NumPy writes."""
_FREE_BYTES = 2**28
_HIGHEST_RATIO = 100
"""Of an array larger than `_FREE_BYTES` to what it takes in the file. Images and weights stay far below: binary images
of digits come to about 25. What is above is made to fill the memory."""
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class NpzError(CommandError):
    """The file cannot be read, is no .npz, is damaged, lacks an array, or holds more than plain arrays."""


class MissingArraysError(NpzError):
    """A sound file lacks arrays that were asked for; `missing` has their names."""

    def __init__(self, message: str, missing: Collection[str]) -> None:
        super().__init__(message)
        self.missing = missing


def read_npz(path: str | Path, names: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Reads arrays of an .npz.

    Args:
        path: of the file.
        names: of the arrays; None: all.

    Returns:
        name → array, in the order of `names` or of the file.

    Raises:
        MissingArraysError: the file has no arrays of some of the names.
        NpzError: with the path in front. Only arrays that are asked for are looked at.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            return _arrays(file, names)
    except _LacksError as error:
        raise MissingArraysError(f"{path}: {error}", error.missing) from None
    except _RefusedError as error:
        raise NpzError(f"{path}: {error}") from None
    except OSError as error:
        raise NpzError(f"{path}: cannot be read ({error.strerror or error}).") from error


class _RefusedError(Exception):
    """What is wrong with the file, without its path."""


class _LacksError(_RefusedError):
    """Arrays that are not there."""

    def __init__(self, missing: Collection[str], members: Collection[str]) -> None:
        super().__init__(f"has no {', '.join(missing)}; it holds {', '.join(members) or 'no arrays'}.")
        self.missing = missing


def _arrays(file: BinaryIO, names: Collection[str] | None) -> dict[str, np.ndarray]:
    head = file.read(HEAD_BYTES)
    if not head.startswith(b"PK"):
        raise _RefusedError(f"expected an .npz, got {known_kind(head) or f'a file that starts with {head[:8]!r}'}.")
    held = os.fstat(file.fileno()).st_size
    try:
        with zipfile.ZipFile(file) as archive:
            members = {member.filename.removesuffix(_SUFFIX): member for member in archive.infolist()}
            missing = [name for name in names or () if name not in members]
            if missing:
                raise _LacksError(missing, members)
            return {name: _array(archive, members[name], held) for name in (members if names is None else names)}
    # what zipfile, zlib and NumPy raise for changed bytes; a seek to a place that cannot be is an OSError
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, OSError) as error:
        said = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        raise _RefusedError(f"damaged or truncated .npz ({said}); fetch or copy the file again.") from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, held: int) -> np.ndarray:
    _check_member(member, held)
    shape, dtype, header_bytes = _header(archive, member)
    if dtype.hasobject:
        raise _RefusedError(
            f"{member.filename}: expected numbers, got Python objects (a pickle), which are not read; save the array "
            "with a numeric dtype."
        )
    announced = header_bytes + math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or announced != member.file_size:
        raise _RefusedError(
            f"{member.filename}: damaged; its header announces {dtype} {list(shape)}, {announced:,} bytes, got "
            f"{member.file_size:,}; fetch or copy the file again."
        )
    try:
        with archive.open(member) as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)
    except MemoryError:
        raise _RefusedError(
            f"{member.filename}: {dtype} {list(shape)} does not fit into the memory ({announced:,} bytes)."
        ) from None


def _header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype, int]:
    """Shape and dtype that a member announces, and the bytes in front of its elements."""
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            raise _RefusedError(f"{member.filename}: expected a plain array, got format {version} of structured ones.")
        try:
            shape, _, dtype = _HEADERS[version](stream)
        except (tokenize.TokenError, RecursionError, MemoryError):  # NumPy parses it as Python's literals
            raise _RefusedError(f"{member.filename}: damaged header; fetch or copy the file again.") from None
        return shape, dtype, stream.tell()


def _check_member(member: zipfile.ZipInfo, held: int) -> None:
    """Holds a member to what can be read into memory; `held` is the size of the whole file."""
    if member.flag_bits & _ENCRYPTED:
        raise _RefusedError(f"{member.filename}: is encrypted; unpack it with its password and save it anew.")
    if member.compress_type not in _METHODS:
        raise _RefusedError(
            f"{member.filename}: expected stored or deflated bytes, as np.savez_compressed writes them, got "
            f"compression method {member.compress_type}; save it anew."
        )
    packed = min(member.compress_size, held)
    if member.file_size > max(_FREE_BYTES, _HIGHEST_RATIO * packed):
        raise _RefusedError(
            f"{member.filename}: unpacks {packed:,} bytes to {member.file_size:,}, which no images or "
            "weights do; save the array with np.savez, without compression."
        )
