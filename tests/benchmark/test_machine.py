from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf.benchmark import machine


def test_the_cpu_is_named(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: A: CPU @ 3 GHz\nmodel name\t: second\n")
    assert machine.cpu_model(tmp_path / "cpuinfo") == "A: CPU @ 3 GHz"
    (tmp_path / "cpuinfo").write_text("processor\t: 0\n")  # as on ARM
    for name in ("cpuinfo", "none"):
        assert machine.cpu_model(tmp_path / name) not in ("", "0")


def test_operations_are_counted_as_multiplications_and_additions() -> None:
    assert machine.matmul(8).gflop == pytest.approx(2 * 8 * 8 * 8 / 1e9)
    # 3×3 taps and 4 channels for each of 2×5×5 pixels and 4 channels
    assert machine.convolution(2, side=5, channels=4).gflop == pytest.approx(2 * (2 * 5 * 5 * 4) * (9 * 4) / 1e9)


def test_ceilings_compute() -> None:
    for ceiling in (machine.matmul(8), machine.convolution(2, side=5, channels=4)):
        found = np.asarray(ceiling.call())
        assert np.isfinite(found)
        assert found != 0


def test_memory_has_a_plausible_peak() -> None:
    before = machine.memory()["peak_resident_bytes"]
    held = np.ones(2**27, np.uint8)  # 128 MiB, written to
    after = machine.memory()["peak_resident_bytes"]
    assert held.sum() == 2**27
    assert 2**27 < after < 2**38
    assert after >= before


def test_facts() -> None:
    found = machine.facts()
    assert 1 <= found["usable_cores"] <= found["cores"]
    assert found["tensorflow"].startswith("2.")
