"""PyTorch state dicts, in the zip format (`torch.save` since 1.6) and in the legacy one, read without PyTorch."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.files.known_kind import HEAD_BYTES, known_kind
from cgn_tf.weights import torch_legacy
from cgn_tf.weights.inert_pickle import InertPickleError, evaluate
from cgn_tf.weights.torch_tensors import (
    ADMITTED,
    MAX_PICKLE_BYTES,
    RefusedError,
    Storage,
    Storages,
    as_array,
    checked_state,
    elements,
)

DATA_PARALLEL = "module."
"""What `torch.nn.DataParallel` puts in front of every key."""


class TorchCheckpointError(CommandError):
    """The file is no PyTorch state dict, is damaged, or holds more than tensors."""


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """Reads a flat state dict; nothing in the file is executed.

    Args:
        path: a `.pth` or `.bin` file written by `torch.save(model.state_dict(), path)` of any PyTorch since 0.1.10.

    Returns:
        name → array, in the file's order: shapes and dtypes as PyTorch has them, bfloat16 widened to float32. The
        arrays are read-only, and tensors that share a storage share memory. The elements are in memory once.

    Raises:
        TorchCheckpointError: the file is unreadable, damaged, big-endian, not a flat state dict, or mentions any
            global beyond tensors and `OrderedDict` (which is then named). A zip has checksums; in the legacy format a
            changed bit inside the elements cannot be found.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if head.startswith(torch_legacy.FIRST_BYTE):
            return torch_legacy.read_legacy(path)
        if not head.startswith(b"PK\x03\x04"):
            kind = known_kind(head) or f"a file that starts with {head[:4]!r}"
            raise RefusedError(f"expected a PyTorch checkpoint, got {kind}.")
        with zipfile.ZipFile(path) as archive:
            return _State(archive, path.stat().st_size).read()
    except InertPickleError as error:
        raise TorchCheckpointError(
            f"{path}: {error}. Save a plain state dict: torch.save(model.state_dict(), path)."
        ) from error
    except RefusedError as error:
        raise TorchCheckpointError(f"{path}: {error}") from error
    except zipfile.BadZipFile as error:
        raise TorchCheckpointError(f"{path}: damaged or truncated zip ({error}). Copy the file again.") from error
    except OSError as error:
        raise TorchCheckpointError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (EOFError, ValueError, RuntimeError, LookupError) as error:  # zipfile on damaged headers
        raise TorchCheckpointError(f"{path}: damaged ({type(error).__name__}: {error}).") from error


def without_data_parallel(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The state dict of the model inside `torch.nn.DataParallel`.

    Args:
        state: name → array, as `read_state_dict` gives it.

    Returns:
        The same arrays in the same order; without the prefix `module.` if every name has it, otherwise under the same
        names.
    """
    wrapped = all(name.startswith(DATA_PARALLEL) for name in state)
    return {name.removeprefix(DATA_PARALLEL) if wrapped else name: array for name, array in state.items()}


class _State:
    """One open archive: `PREFIX/data.pkl` names tensors, `PREFIX/data/KEY` holds the bytes of storage KEY."""

    def __init__(self, archive: zipfile.ZipFile, file_bytes: int) -> None:
        self.archive = archive
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names):
            raise RefusedError("the zip holds two entries of one name.")
        if any(
            entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size for entry in entries
        ):
            raise RefusedError("the zip is compressed; expected stored entries, as torch.save writes them.")
        if sum(entry.file_size for entry in entries) > file_bytes:
            raise RefusedError("the zip's entries claim more bytes than the file has.")
        pickles = [name for name in names if re.fullmatch(r"[^/]+/data\.pkl", name)]
        if len(pickles) != 1:
            raise RefusedError(
                f"expected one NAME/data.pkl in the zip, found {len(pickles)}; is it a PyTorch checkpoint?"
            )
        self.prefix = pickles[0].removesuffix("data.pkl")
        self.flat: dict[str, np.ndarray] = {}

    def read(self) -> dict[str, np.ndarray]:
        if self.prefix + "byteorder" in self.archive.namelist():
            order = self.archive.read(self.prefix + "byteorder")
            if order != b"little":
                raise RefusedError(
                    f"expected byte order little, got {order[:16]!r}; save it on a little-endian machine."
                )
        if self.archive.getinfo(self.prefix + "data.pkl").file_size > MAX_PICKLE_BYTES:
            raise RefusedError(f"its pickle is larger than {MAX_PICKLE_BYTES} bytes; expected names and shapes only.")
        state = checked_state(evaluate(self.archive.read(self.prefix + "data.pkl"), ADMITTED, Storages().window))
        return {key: as_array(key, tensor, self._elements(tensor.window.storage)) for key, tensor in state.items()}

    def _elements(self, storage: Storage) -> np.ndarray:
        if storage.key in self.flat:
            return self.flat[storage.key]
        name = f"{self.prefix}data/{storage.key}"
        if name not in self.archive.NameToInfo:
            raise RefusedError(f"entry {name!r} is missing from the zip.")
        held = self.archive.getinfo(name).file_size
        if held != storage.bytes:
            raise RefusedError(
                f"storage {storage.key!r} holds {held} bytes; expected {storage.bytes} "
                f"({storage.size} elements of {storage.type})."
            )
        self.flat[storage.key] = elements(storage, self.archive.read(name))
        return self.flat[storage.key]
