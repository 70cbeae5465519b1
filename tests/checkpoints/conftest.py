"""Checkpoints whose every array is a function of the step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.checkpoints import storage


def step_state(step: int) -> dict[str, dict[str, np.ndarray]]:
    random = np.random.default_rng(step)
    return {
        "model": {"net/kernel": random.standard_normal((3, 5), np.float32), "net/bias": np.float32([step, -0.0, 0.5])},
        "training": {"adam/iteration": np.array(step, np.int64), "adam/empty": np.zeros((0, 2), np.float32)},
    }


def bitwise_equal(found: storage.Groups, expected: storage.Groups) -> None:
    names = [{group: set(arrays) for group, arrays in groups.items()} for groups in (found, expected)]
    assert names[0] == names[1]
    for group, arrays in expected.items():
        for name, array in arrays.items():
            other = found[group][name]
            assert (other.dtype, other.shape, other.tobytes()) == (array.dtype, array.shape, array.tobytes()), name


@pytest.fixture
def state() -> Callable[[int], storage.Groups]:
    """Small groups that differ from step to step."""
    return step_state


@pytest.fixture
def check_equal() -> Callable[[storage.Groups, storage.Groups], None]:
    """Holds two states to have the same groups, names, types, shapes and bits."""
    return bitwise_equal


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Where `save` saves; not there yet."""
    return tmp_path / "run"


@pytest.fixture
def save(run: Path) -> Callable[..., Path]:
    """Saves the state of a step in `run`."""

    def save_step(step: int, keep: int = 3) -> Path:
        return storage.save(run, step, step_state(step), model={"class": "net"}, config={"run": {"seed": 1}}, keep=keep)

    return save_step


@pytest.fixture
def latest() -> Callable[[Path], tuple[int | None, list[str]]]:
    """Step of the checkpoint that is used, after a look at its arrays, and what was said about others."""

    def latest_of(directory: Path) -> tuple[int | None, list[str]]:
        messages: list[str] = []
        found = storage.read_latest(directory, messages.append)
        if found is not None:
            bitwise_equal(found.groups, step_state(found.step))
        return (None if found is None else found.step), messages

    return latest_of
