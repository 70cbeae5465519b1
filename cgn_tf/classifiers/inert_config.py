"""Whether the configuration of a Keras model asks for nothing but layers: no code, no foreign class."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import keras

from cgn_tf.errors import CommandError
from cgn_tf.files.known_kind import HEAD_BYTES, known_kind

_CODE = frozenset({"Lambda", "__lambda__", "function", "TorchModuleWrapper", "FlaxLayer", "JaxLayer", "TFSMLayer"})
"""What runs code of the file, or of another file that it names."""
_HDF5, _ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"


def check_inert(path: Path) -> None:
    """Holds a file to be a whole Keras model that executes nothing when it is loaded; only its JSON is read.

    Args:
        path: of a `.keras` file, or of a `.h5` file of a whole model.

    Raises:
        CommandError: it is neither, holds weights alone, or asks for code (`Lambda`, for example) or for a class that
            is neither Keras' nor registered by `keras.saving.register_keras_serializable`.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if head.startswith(_ZIP):
            with zipfile.ZipFile(path) as archive:
                config = archive.read("config.json")
        elif head.startswith(_HDF5):
            with h5py.File(path, "r") as file:
                config = file.attrs["model_config"]
        else:
            got = known_kind(head) or f"a file that starts with {head[:4]!r}"
            raise CommandError(f"{path}: expected a .keras file or the .h5 of a whole model, got {got}.")
        described = json.loads(config)
    except KeyError:
        raise CommandError(
            f"{path}: expected a whole model, got a file without its configuration, of weights alone for example; save "
            "it with model.save(path)."
        ) from None
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError) as error:
        raise CommandError(f"{path}: expected a whole Keras model, got a damaged file ({error}).") from error
    _refuse_code(described, path)


def _refuse_code(node: Any, path: Path) -> None:
    if isinstance(node, Mapping):
        kind = node.get("class_name")
        if isinstance(kind, str) and not _is_inert(node, kind):
            asked = node.get("registered_name") or kind
            raise CommandError(
                f"{path}: expected layers of Keras or registered ones, got {asked}; refused, because loading it could "
                "run code. Register a class of your own with keras.saving.register_keras_serializable, or export the "
                "model and give `classifier=saved_model`."
            )
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            _refuse_code(part, path)


def _is_inert(node: Mapping[str, Any], kind: str) -> bool:
    if kind in _CODE:
        return False
    module, registered = node.get("module"), node.get("registered_name")
    if module is None:  # Keras looks for the name among its own classes and the registered ones
        return registered is None or keras.saving.get_registered_object(registered) is not None
    if isinstance(module, str) and (module == "keras" or module.startswith("keras.")):
        return True
    return isinstance(registered, str) and keras.saving.get_registered_object(registered) is not None
