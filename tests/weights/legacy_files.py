"""A writer of PyTorch's legacy format, by hand, so that the reader is tested without PyTorch."""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
KINDS = {"f4": "Float", "f8": "Double", "f2": "Half", "i8": "Long", "i4": "Int", "i2": "Short", "i1": "Char"}
KINDS |= {"u1": "Byte", "b1": "Bool"}


class Stored:
    """Is pickled as a reference to a storage."""

    def __init__(self, key: str, kind: str, size: Any, *view: Any) -> None:
        self.reference = "storage", Global("torch", f"{kind}Storage"), key, "cpu", size, *(view or (None,))


class Global:
    """Is pickled as a global that need not exist."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Called:
    """Is pickled as a call of a global."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> Any:
        return self.reduced


class Pickler(pickle._Pickler):
    """Names storages by persistent ids and writes globals without importing them."""

    dispatch = pickle._Pickler.dispatch.copy()  # type: ignore[attr-defined]

    def persistent_id(self, value: Any) -> Any:
        return value.reference if isinstance(value, Stored) else None

    def save_named(self, value: Global) -> None:
        self.write(f"c{value.module}\n{value.name}\n".encode())  # type: ignore[attr-defined]

    def save_reduce(self, func: Any, args: Any, *rest: Any, **named: Any) -> None:
        if not isinstance(func, Global):
            super().save_reduce(func, args, *rest, **named)  # type: ignore[misc]
            return
        self.save_named(func)
        self.save(args)  # type: ignore[attr-defined]
        self.write(pickle.REDUCE)  # type: ignore[attr-defined]

    dispatch[Global] = save_named


def pickled(value: Any, protocol: int = 2) -> bytes:
    buffer = io.BytesIO()
    Pickler(buffer, protocol).dump(value)
    return buffer.getvalue()


def tensor(storage: Stored, shape: Any, strides: Any, offset: Any = 0) -> Called:
    rebuild = Global("torch._utils", "_rebuild_tensor_v2")
    return Called(rebuild, storage, offset, shape, strides, False, OrderedDict())


def storage_bytes(array: np.ndarray) -> bytes:
    return struct.pack("<q", array.size) + array.tobytes()


def parts(value: Any, storages: Mapping[str, bytes], protocol: int = 2) -> list[bytes]:
    """The regions of a file: five pickles, and each storage behind its count."""
    plain = [pickled(part, protocol) for part in (MAGIC, 1001, SYSTEM, value, list(storages))]
    return [*plain, *storages.values()]


def state_parts(state: Mapping[str, np.ndarray], protocol: int = 2) -> list[bytes]:
    """A state dict as `torch.save(…, _use_new_zipfile_serialization=False)` writes it, `_metadata` included."""
    pickles: Any = OrderedDict()
    for number, (name, array) in enumerate(state.items()):
        strides = tuple(step // array.itemsize for step in array.strides)
        stored = Stored(f"9{number}", KINDS[array.dtype.str[1:]], array.size)
        pickles[name] = tensor(stored, array.shape, strides)
    pickles._metadata = OrderedDict({"": {"version": 1}})
    # The bytes lie in the order of the list of keys, whatever the order of the tensors.
    storages = {f"9{number}": storage_bytes(array) for number, array in reversed(list(enumerate(state.values())))}
    return parts(pickles, storages, protocol)


def written(path: Path, content: list[bytes]) -> Path:
    path.write_bytes(b"".join(content))
    return path
