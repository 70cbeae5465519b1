"""The networks under JAX, in a process of their own: Keras has one backend a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.backends import forward
from tests.conftest import SHARED

ROOT = Path(__file__).resolve().parents[2]

# Keras' own Variable.numpy() under JAX, with NumPy 2
KERAS_WARNING = "ignore:__array__ implementation:DeprecationWarning"

# Nearly all of the time goes into compiling two thousand operations, each of which runs once: LLVM need not optimise.
JAX = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_backend_optimization_level=0"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("jax")]


@pytest.fixture(scope="module")
def under_jax(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what the networks give under JAX, of the reference material too where that lies."""
    folder = tmp_path_factory.mktemp("jax")
    program = [sys.executable, "-W", "error", "-W", KERAS_WARNING, "-m", "tests.backends.forward"]
    environment = {**os.environ, **JAX, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*program, str(folder), *([str(SHARED)] if SHARED.is_dir() else [])],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def arrays_of(file: Path) -> dict[str, np.ndarray]:
    arrays = dict(np.load(file))
    assert arrays.pop("backend") == "jax"
    return arrays


def assert_close(name: str, ours: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    assert ours.dtype == expected.dtype, name
    assert ours.shape == expected.shape, name
    difference = float(np.abs(ours - expected).max())
    print(f"{name}: largest difference {difference:.2e}")
    assert difference <= tolerance, name


def test_the_same_as_under_tensorflow(under_jax: Path) -> None:
    expected, found = forward.seeded(), arrays_of(under_jax / "seeded.npz")
    assert found.keys() == expected.keys()
    for name, ours in found.items():
        assert_close(name, ours, expected[name], 1e-4)
        assert expected[name].std() > 1e-3, name


def test_the_golden_files(shared: Path, under_jax: Path) -> None:
    """JAX is held to TensorFlow more closely than to the files, to which tests/goldens holds TensorFlow.

    A file has a rounding of its own: the digits' mask is 8.7e-6 from its value in float64.
    """
    expected, found = forward.golden(shared), arrays_of(under_jax / "golden.npz")
    assert found.keys() == expected.keys()
    assert len(found) == 5
    for name, ours in found.items():
        file, key = name.split(", ")
        assert_close(name, ours, expected[name], 1e-5 if file == "cgn_colored_mnist" else 5e-5)
        assert_close(name, ours, np.load(shared / "golden" / f"{file}.npz")[key], 1e-4)
