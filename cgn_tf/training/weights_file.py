"""Everything that the next step depends on in one file `.weights.h5`, as callbacks of Keras name it."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from cgn_tf.checkpoints import CheckpointError, assign
from cgn_tf.files.atomic import write_atomically

_STEPS = "steps_done"
_SUFFIX = ".weights.h5"

State = Mapping[str, Mapping[str, keras.Variable]]


def write_weights(path: str | os.PathLike[str], state: State, steps_done: int) -> None:
    """Writes the variables of a trainer, a group of the file for each of its groups, and its number of steps.

    Raises:
        ValueError: a name that does not end in `.weights.h5`.
        OSError: no space, no permission, no folder.
    """
    if not os.fspath(path).endswith(_SUFFIX):
        raise ValueError(f"filepath: expected a name that ends in {_SUFFIX}, got {os.fspath(path)!r}.")
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs[_STEPS] = steps_done
        for group, variables in state.items():
            for name, variable in variables.items():
                file.create_dataset(f"{group}/{name}", data=variable.numpy())
    write_atomically(Path(path), content.getvalue())


def read_weights(path: str | os.PathLike[str], state: State) -> int:
    """Gives the variables of a trainer the values that `write_weights` wrote; returns the number of steps.

    Raises:
        CheckpointError: the file is of another kind of trainer.
        OSError: no such file, or one of another format.
    """
    with h5py.File(os.fspath(path), "r") as file:
        if set(file) != set(state):
            raise CheckpointError(f"{os.fspath(path)}: expected the groups {sorted(state)}, got {sorted(file)}.")
        for group, variables in state.items():
            assign(variables, _arrays(file, group), f"{os.fspath(path)} ({group})")
        return int(file.attrs.get(_STEPS, 0))


def _arrays(file: h5py.File, group: str) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    file[group].visititems(note)
    return found
