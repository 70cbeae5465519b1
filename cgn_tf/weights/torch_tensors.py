"""Tensors as PyTorch pickles them, in its zip and in its legacy format: windows onto storages, built as numpy views."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgn_tf.weights.inert_pickle import InertPickleError, Name

MAX_PICKLE_BYTES = 8 * 2**20
"""The pickle holds names and shapes only; a larger one is no state dict."""

_DTYPES = {
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


class RefusedError(Exception):
    """What is wrong with a checkpoint, before its path is put in front."""


@dataclass(frozen=True)
class Storage:
    """The bytes that tensors look into: their type, their key in the file, and how many elements they are."""

    type: str
    key: str
    size: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements as they lie in the file."""
        return np.dtype(_DTYPES[self.type])

    @property
    def bytes(self) -> int:
        """The bytes that the elements take in the file."""
        return self.size * self.dtype.itemsize

    def __str__(self) -> str:
        return f"storage {self.key!r} ({self.size} elements of {self.type})"


@dataclass(frozen=True)
class Window:
    """`size` elements of a storage from `start` on: all of it, except in files that save views of storages."""

    storage: Storage
    start: int
    size: int


@dataclass(frozen=True)
class Tensor:
    """A tensor before its bytes are read; offset and strides count elements of the window."""

    window: Window
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Storages:
    """Every storage that the pickle of one file mentions, and each of them once."""

    def __init__(self) -> None:
        self.by_key: dict[str, Storage] = {}

    def window(self, persistent_id: Any) -> Window:
        """The window that a persistent id names.

        Args:
            persistent_id: `('storage', type, key, location, size)`; the legacy format appends None or
                `(view key, offset, size)`.

        Raises:
            InertPickleError: the id is something else, a view leaves its storage, or two ids contradict each other.
        """
        match persistent_id:
            case ("storage", Name(kind), str(key), _, size, *view) if kind in _DTYPES and _natural(size):
                storage = Storage(kind, key, size)
            case _:
                raise InertPickleError(
                    "expected a storage ('storage', type, key, location, size), got another reference"
                )
        known = self.by_key.setdefault(key, storage)
        if known != storage:
            raise InertPickleError(f"a storage is described in two ways: {known} and {storage}")
        match view:
            case [] | [None]:
                return Window(storage, 0, size)
            case [(_, start, held)] if _natural(start) and _natural(held) and start + held <= size:
                return Window(storage, start, held)
        raise InertPickleError(f"a view of {storage} is impossible; expected (key, offset, size) inside it")


def checked_state(value: Any) -> dict[str, Tensor]:
    """The pickled value, if it is a flat dict of tensors.

    Raises:
        RefusedError: it is something else; the key is named.
    """
    if type(value) is not dict:
        raise RefusedError(f"expected a state dict, got a {type(value).__name__}.")
    for key, tensor in value.items():
        if not isinstance(key, str) or not isinstance(tensor, Tensor):
            raise RefusedError(
                f"expected a flat state dict of tensors, but {key!r} is a {type(tensor).__name__}. "
                "Save the state dict itself: torch.save(checkpoint['state_dict'], path)."
            )
    return value


def elements(storage: Storage, data: bytes | bytearray | memoryview) -> np.ndarray:
    """The flat array of a storage's bytes, without a copy; only bfloat16 (widened to float32) and bool are converted.

    Args:
        storage: what the bytes are.
        data: exactly `storage.bytes` of them.
    """
    flat = np.frombuffer(data, storage.dtype)
    if storage.type == "torch.BFloat16Storage":
        return (flat.astype(np.uint32) << 16).view(np.float32)
    if storage.type == "torch.BoolStorage":
        return flat != 0
    return flat


def as_array(key: str, tensor: Tensor, flat: np.ndarray) -> np.ndarray:
    """The read-only view of a storage's elements that a tensor is.

    Args:
        key: of the tensor, for the message.
        tensor: what to look at.
        flat: the elements of the whole storage.

    Raises:
        RefusedError: the tensor leaves its window.
    """
    flat = flat[tensor.window.start : tensor.window.start + tensor.window.size]
    count = math.prod(tensor.shape)
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    # A tensor larger than its storage repeats elements; unchecked, a few bytes could claim terabytes.
    if count > flat.size or (count and last >= flat.size):
        raise RefusedError(
            f"tensor {key!r} of shape {tensor.shape}, strides {tensor.strides} and offset {tensor.offset} does not "
            f"fit its storage of {flat.size} elements."
        )
    if count == 0:
        flat = np.zeros(tensor.shape, flat.dtype)
        flat.flags.writeable = False
        return flat
    return np.lib.stride_tricks.as_strided(
        flat[tensor.offset :], tensor.shape, [step * flat.itemsize for step in tensor.strides], writeable=False
    )


def _natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _rebuild_tensor(window: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    if (
        not isinstance(window, Window)
        or not _natural(offset)
        or type(shape) is not tuple
        or type(strides) is not tuple
        or len(shape) != len(strides)
        or len(shape) > 32
        or not all(map(_natural, shape + strides))
    ):
        raise InertPickleError("a tensor has an impossible storage, offset, shape or strides")
    return Tensor(window, offset, shape, strides)


def _rebuild_parameter(tensor: Any, *_: Any) -> Tensor:
    if not isinstance(tensor, Tensor):
        raise InertPickleError(f"a parameter is a {type(tensor).__name__}; expected a tensor")
    return tensor


def _ordered_dict() -> dict[Any, Any]:
    return {}


ADMITTED: dict[str, Callable[..., Any] | None] = {
    "collections.OrderedDict": _ordered_dict,
    "torch._utils._rebuild_tensor": _rebuild_tensor,  # before PyTorch 0.4
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    **dict.fromkeys(_DTYPES),
}
"""The globals that a state dict may mention, for `inert_pickle.evaluate`."""
