"""Models on disk for the commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import pytest

from cgn_tf import checkpoints
from cgn_tf.models.cgn import constructor
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.weights.assignment import named_variables


def save_model(model: keras.Model, directory: Path, step: int) -> Path:
    groups = {"model": {name: variable.numpy() for name, variable in named_variables(model.variables).items()}}
    return checkpoints.save(directory, step, groups, model=constructor(model), config=None, keep=1)


@pytest.fixture(scope="session")
def saved() -> Callable[[keras.Model, Path, int], Path]:
    """Saves a model as the checkpoint of a step; returns its folder."""
    return save_model


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a digit CGN as it starts, at step 12; not to be changed."""
    keras.utils.set_random_seed(0)
    cgn = digit_cgn(init="normal", gain=0.1)  # large enough a start for images that are not grey
    cgn.build()
    return save_model(cgn, tmp_path_factory.mktemp("untrained") / "cgn", 12).parent
