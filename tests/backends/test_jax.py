"""The networks under JAX, in a process of their own: Keras has one backend a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.backends import forward

ROOT = Path(__file__).resolve().parents[2]

# Keras' own Variable.numpy() under JAX, with NumPy 2
KERAS_WARNING = "ignore:__array__ implementation:DeprecationWarning"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def under_jax(output: Path, *arguments: str) -> dict[str, np.ndarray]:
    program = [sys.executable, "-W", "error", "-W", KERAS_WARNING, "-m", "tests.backends.forward"]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*program, str(output), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    arrays = dict(np.load(output))
    assert arrays.pop("backend") == "jax"
    return arrays


def assert_close(name: str, ours: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    assert ours.dtype == expected.dtype, name
    assert ours.shape == expected.shape, name
    difference = float(np.abs(ours - expected).max())
    print(f"{name}: largest difference {difference:.2e}")
    assert difference <= tolerance, name


def test_the_same_as_under_tensorflow(tmp_path: Path) -> None:
    expected = forward.seeded()
    found = under_jax(tmp_path / "jax.npz")
    assert found.keys() == expected.keys()
    for name, ours in found.items():
        assert_close(name, ours, expected[name], 1e-4)
        assert expected[name].std() > 1e-3, name


def test_the_golden_files(shared: Path, tmp_path: Path) -> None:
    """JAX is held to TensorFlow more closely than to the files, to which tests/goldens holds TensorFlow.

    A file has a rounding of its own: the digits' mask is 8.7e-6 from its value in float64.
    """
    expected, found = forward.golden(shared), under_jax(tmp_path / "jax.npz", str(shared))
    assert found.keys() == expected.keys()
    assert len(found) == 5
    for name, ours in found.items():
        file, key = name.split(", ")
        assert_close(name, ours, expected[name], 1e-5 if file == "cgn_colored_mnist" else 5e-5)
        assert_close(name, ours, np.load(shared / "golden" / f"{file}.npz")[key], 1e-4)
