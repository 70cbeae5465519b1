"""State dicts in PyTorch's legacy format (`torch.save` before 1.6, not a zip), read without executing anything.

The file is five pickles (magic number, protocol version, a dict about the system, the object, the list of storage
keys) and then, for each key in the order of the list, a little-endian int64 count of elements and the elements.
Source: `_legacy_save` and `_legacy_load` of `torch/serialization.py`.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from cgn_tf.weights.inert_pickle import InertPickleError, evaluate
from cgn_tf.weights.torch_tensors import (
    ADMITTED,
    MAX_PICKLE_BYTES,
    RefusedError,
    Storage,
    Storages,
    Tensor,
    as_array,
    checked_state,
    elements,
)

FIRST_BYTE = b"\x80"
"""The opcode PROTO: the file starts with a pickle."""

_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
_PROTOCOL_VERSION = 1001


def read_legacy(path: Path) -> dict[str, np.ndarray]:
    """Reads a flat state dict; see `torch_checkpoint.read_state_dict`.

    Every storage is read once, into memory of its own size, after its claimed size was held against the file's. The
    format has no checksum: a changed bit inside the elements cannot be found. Bytes after the last storage are refused,
    because PyTorch writes none.

    Raises:
        RefusedError: magic number, version, byte order, keys or sizes are not what they should be.
        InertPickleError: a pickle is damaged or refers to anything but tensors.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        # The pickles are parsed from memory: a claimed length then cannot make a read allocate more than the file has.
        head = io.BytesIO(file.read(MAX_PICKLE_BYTES))
        _check_preamble(head)
        storages = Storages()
        state = checked_state(_next_pickle(head, "the state dict", storages))
        keys = _storage_keys(_next_pickle(head, "the list of storages"), state, storages)
        file.seek(head.tell())
        flat = _read_storages(file, path.stat().st_size, [storages.by_key[key] for key in keys], state)
    return {key: as_array(key, tensor, flat[tensor.window.storage.key]) for key, tensor in state.items()}


def _next_pickle(head: io.BytesIO, what: str, storages: Storages | None = None) -> Any:
    try:
        if storages is None:
            return evaluate(head, {}, _no_storage)
        return evaluate(head, ADMITTED, storages.window)
    except InertPickleError as error:
        if head.tell() >= MAX_PICKLE_BYTES:
            raise RefusedError(
                f"its pickles are larger than {MAX_PICKLE_BYTES} bytes; expected names and shapes only."
            ) from error
        raise InertPickleError(f"{what}: {error}") from error


def _no_storage(_: Any) -> NoReturn:
    raise InertPickleError("refers to a storage; expected plain values")


def _check_preamble(head: io.BytesIO) -> None:
    magic = _next_pickle(head, "the magic number")
    if magic != _MAGIC_NUMBER:
        raise RefusedError(
            f"expected a PyTorch checkpoint, got a pickle that starts with a {type(magic).__name__} instead of "
            f"PyTorch's magic number {_MAGIC_NUMBER:#x}."
        )
    version = _next_pickle(head, "the protocol version")
    if version != _PROTOCOL_VERSION:
        got = version if type(version) is int and version.bit_length() < 64 else type(version).__name__
        raise RefusedError(f"expected protocol version {_PROTOCOL_VERSION}, got {got}.")
    system = _next_pickle(head, "the system's description")
    if type(system) is not dict or system.get("little_endian") is not True:
        raise RefusedError("expected byte order little; save it on a little-endian machine.")


def _storage_keys(keys: Any, state: dict[str, Tensor], storages: Storages) -> list[str]:
    """The keys in the file's order, if they are exactly the storages that the state dict mentions."""
    if type(keys) is not list or not all(isinstance(key, str) for key in keys) or len(set(keys)) != len(keys):
        raise RefusedError("its list of storages is damaged; expected a list of distinct keys.")
    listed = set(keys)
    for name, tensor in state.items():
        if tensor.window.storage.key not in listed:
            raise RefusedError(f"storage {tensor.window.storage.key!r} of tensor {name!r} is not in the file's list.")
    for key in keys:
        if key not in storages.by_key:
            raise RefusedError(f"storage {key!r} is listed, but the state dict does not mention it.")
    return keys


def _read_storages(
    file: BinaryIO, file_bytes: int, storages: list[Storage], state: dict[str, Tensor]
) -> dict[str, np.ndarray]:
    """Storage key → its elements [size], from the file's position on."""
    names = {tensor.window.storage.key: name for name, tensor in reversed(state.items())}
    flat = {}
    for storage in storages:
        where = f"{storage}, which holds tensor {names.get(storage.key)!r},"
        count = file.read(8)
        if len(count) != 8:
            raise RefusedError(f"damaged or truncated: {where} is missing. Copy the file again.")
        if int.from_bytes(count, "little", signed=True) != storage.size:
            claimed = int.from_bytes(count, "little", signed=True)
            raise RefusedError(f"damaged: {where} claims {claimed} elements. Copy the file again.")
        left = file_bytes - file.tell()
        if storage.bytes > left:
            raise RefusedError(
                f"damaged or truncated: {where} takes {storage.bytes} bytes, but only {left} are left. "
                "Copy the file again."
            )
        data = file.read(storage.bytes)
        if len(data) != storage.bytes:
            raise RefusedError(f"{where} could not be read whole: the file changed meanwhile.")
        flat[storage.key] = elements(storage, data)
    if file.tell() != file_bytes:
        raise RefusedError(f"{file_bytes - file.tell()} bytes follow the last storage; expected none.")
    return flat
