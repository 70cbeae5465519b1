"""State dicts in PyTorch's zip format (`torch.save` since 1.6), read without PyTorch and without executing anything."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.weights.inert_pickle import InertPickleError, Name, evaluate

MAX_PICKLE_BYTES = 8 * 2**20
"""The pickle holds names and shapes only; a larger one is no state dict."""


class TorchCheckpointError(CommandError):
    """The file is no PyTorch state dict in zip format, is damaged, or holds more than tensors."""


_STORAGE_DTYPES = {
    "torch.DoubleStorage": "<f8",
    "torch.FloatStorage": "<f4",
    "torch.HalfStorage": "<f2",
    "torch.BFloat16Storage": "<u2",  # widened to float32 when read: numpy has no bfloat16
    "torch.LongStorage": "<i8",
    "torch.IntStorage": "<i4",
    "torch.ShortStorage": "<i2",
    "torch.CharStorage": "i1",
    "torch.ByteStorage": "u1",
    "torch.BoolStorage": "u1",
}


@dataclass(frozen=True)
class _Storage:
    type: str
    key: str
    size: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """Reads a flat state dict.

    Args:
        path: a `.pth` file written by `torch.save(model.state_dict(), path)`.

    Returns:
        name → array, in the file's order: shapes and dtypes as PyTorch has them, bfloat16 widened to float32. The
        arrays are read-only, and tensors that share a storage share memory.

    Raises:
        TorchCheckpointError: the file is unreadable, damaged, in the older non-zip format, big-endian, not a flat state
            dict, or mentions any global beyond tensors and `OrderedDict` (which is then named).
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(_checked_format(path)) as archive:
            return _State(archive, path.stat().st_size).read()
    except InertPickleError as error:
        raise TorchCheckpointError(
            f"{path}: {error}. Save a plain state dict: torch.save(model.state_dict(), path)."
        ) from error
    except _RefusedError as error:
        raise TorchCheckpointError(f"{path}: {error}") from error
    except zipfile.BadZipFile as error:
        raise TorchCheckpointError(f"{path}: damaged or truncated zip ({error}). Copy the file again.") from error
    except OSError as error:
        raise TorchCheckpointError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (EOFError, ValueError, RuntimeError, LookupError) as error:  # zipfile on damaged headers
        raise TorchCheckpointError(f"{path}: damaged zip ({type(error).__name__}: {error}).") from error


class _RefusedError(Exception):
    """What is wrong, before the path is put in front."""


def _checked_format(path: Path) -> Path:
    with path.open("rb") as file:
        start = file.read(4)
    if start[:1] == b"\x80":
        raise _RefusedError(
            "written in PyTorch's older format, which is not a zip. Resave it with PyTorch ≥ 1.6: "
            "torch.save(torch.load(path, map_location='cpu', weights_only=True), new_path)."
        )
    if start != b"PK\x03\x04":
        raise _RefusedError(f"expected a PyTorch checkpoint in zip format, got a file that starts with {start!r}.")
    return path


class _State:
    """One open archive: `PREFIX/data.pkl` names tensors, `PREFIX/data/KEY` holds the bytes of storage KEY."""

    def __init__(self, archive: zipfile.ZipFile, file_bytes: int) -> None:
        self.archive = archive
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names):
            raise _RefusedError("the zip holds two entries of one name.")
        if any(
            entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size for entry in entries
        ):
            raise _RefusedError("the zip is compressed; expected stored entries, as torch.save writes them.")
        if sum(entry.file_size for entry in entries) > file_bytes:
            raise _RefusedError("the zip's entries claim more bytes than the file has.")
        pickles = [name for name in names if re.fullmatch(r"[^/]+/data\.pkl", name)]
        if len(pickles) != 1:
            raise _RefusedError(
                f"expected one NAME/data.pkl in the zip, found {len(pickles)}; is it a PyTorch checkpoint?"
            )
        self.prefix = pickles[0].removesuffix("data.pkl")
        self.storages: dict[str, tuple[_Storage, np.ndarray]] = {}

    def read(self) -> dict[str, np.ndarray]:
        if self.prefix + "byteorder" in self.archive.namelist():
            order = self.archive.read(self.prefix + "byteorder")
            if order != b"little":
                raise _RefusedError(
                    f"expected byte order little, got {order[:16]!r}; save it on a little-endian machine."
                )
        if self.archive.getinfo(self.prefix + "data.pkl").file_size > MAX_PICKLE_BYTES:
            raise _RefusedError(f"its pickle is larger than {MAX_PICKLE_BYTES} bytes; expected names and shapes only.")
        value = evaluate(self.archive.read(self.prefix + "data.pkl"), _ADMITTED, _storage)
        if type(value) is not dict:
            raise _RefusedError(f"expected a state dict, got a {type(value).__name__.lstrip('_')}.")
        for key, tensor in value.items():
            if not isinstance(key, str) or not isinstance(tensor, _Tensor):
                raise _RefusedError(
                    f"expected a flat state dict of tensors, but {key!r} is a {type(tensor).__name__.lstrip('_')}. "
                    "Save the state dict itself: torch.save(checkpoint['state_dict'], path)."
                )
        return {key: self._array(key, tensor) for key, tensor in value.items()}

    def _array(self, key: str, tensor: _Tensor) -> np.ndarray:
        flat = self._flat(tensor.storage)
        count = math.prod(tensor.shape)
        last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
        # A tensor larger than its storage repeats elements; unchecked, a few bytes could claim terabytes.
        if count > flat.size or (count and last >= flat.size):
            raise _RefusedError(
                f"tensor {key!r} of shape {tensor.shape}, strides {tensor.strides} and offset {tensor.offset} does not "
                f"fit its storage of {flat.size} elements."
            )
        if count == 0:
            return np.zeros(tensor.shape, flat.dtype)
        return np.lib.stride_tricks.as_strided(
            flat[tensor.offset :], tensor.shape, [step * flat.itemsize for step in tensor.strides], writeable=False
        )

    def _flat(self, storage: _Storage) -> np.ndarray:
        known, flat = self.storages.get(storage.key, (None, None))
        if known is not None and flat is not None:
            if known != storage:
                raise _RefusedError(f"storage {storage.key!r} is described in two ways: {known} and {storage}.")
            return flat
        name = f"{self.prefix}data/{storage.key}"
        if name not in self.archive.NameToInfo:
            raise _RefusedError(f"entry {name!r} is missing from the zip.")
        dtype = np.dtype(_STORAGE_DTYPES[storage.type])
        held = self.archive.getinfo(name).file_size
        if held != storage.size * dtype.itemsize:
            raise _RefusedError(
                f"storage {storage.key!r} holds {held} bytes; expected {storage.size * dtype.itemsize} "
                f"({storage.size} elements of {storage.type})."
            )
        flat = np.frombuffer(self.archive.read(name), dtype)
        if storage.type == "torch.BFloat16Storage":
            flat = (flat.astype(np.uint32) << 16).view(np.float32)
        elif storage.type == "torch.BoolStorage":
            flat = flat != 0
        self.storages[storage.key] = storage, flat
        return flat


def _natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _storage(persistent_id: Any) -> _Storage:
    match persistent_id:
        case ("storage", Name(kind), str(key), _, int(size)) if kind in _STORAGE_DTYPES and _natural(size):
            return _Storage(kind, key, size)
    raise InertPickleError("expected a storage ('storage', type, key, location, size), got another reference")


def _rebuild_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _Tensor:
    if (
        not isinstance(storage, _Storage)
        or not _natural(offset)
        or type(shape) is not tuple
        or type(strides) is not tuple
        or len(shape) != len(strides)
        or len(shape) > 32
        or not all(map(_natural, shape + strides))
    ):
        raise InertPickleError("a tensor has an impossible storage, offset, shape or strides")
    return _Tensor(storage, offset, shape, strides)


def _rebuild_parameter(tensor: Any, *_: Any) -> _Tensor:
    if not isinstance(tensor, _Tensor):
        raise InertPickleError(f"a parameter is a {type(tensor).__name__}; expected a tensor")
    return tensor


def _ordered_dict() -> dict[Any, Any]:
    return {}


_ADMITTED: dict[str, Callable[..., Any] | None] = {
    "collections.OrderedDict": _ordered_dict,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    **dict.fromkeys(_STORAGE_DTYPES),
}
