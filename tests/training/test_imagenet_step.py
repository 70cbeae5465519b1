"""The step of BigGAN and U²-Net: how a batch is computed changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name("imagenet_updates.py")
WAYS = {
    "whole": [],
    "devices": ["--strategy=mirrored", "--logical_cpus=2"],
    "parts": ["--micro_batches=2"],
    "recomputed": ["--gradient_checkpointing"],
}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_devices_parts_and_recomputed_activations_make_the_same_update(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(tmp_path / f"{name}.npz"), *flags],
            env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for name, flags in WAYS.items()
    ]  # fmt: skip
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors[-3000:]
    moved = {name: dict(np.load(tmp_path / f"{name}.npz")) for name in WAYS}
    assert max(np.abs(change).max() for change in moved["whole"].values()) > 1e-4
    for name, changes in moved.items():
        for variable, change in changes.items():
            np.testing.assert_allclose(
                change, moved["whole"][variable], rtol=0, atol=1e-6, err_msg=f"{name}: {variable}"
            )
