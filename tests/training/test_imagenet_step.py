"""The step of BigGAN and U²-Net: it lowers the losses, and how a batch is computed changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.options.command_line import parse
from tests.training.imagenet_updates import ROOT, TINY

WAYS = {
    "whole": [],
    "devices": ["--strategy=mirrored", "--logical_cpus=2"],
    "parts": ["--micro_batches=2"],
    "recomputed": ["--gradient_checkpointing"],
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_updates_lower_every_loss_that_a_batch_begins_with() -> None:
    config = parse(TrainConfig, TINY)
    trainer, _, batches = build_training(config)
    (batch,) = batches(0).take(1)
    logs = [{name: float(value) for name, value in trainer.train_step(batch).items()} for _ in range(10)]
    # reconstruction and style are 0, since all mechanisms begin as the reference; mask size is, in this batch
    active = {name for name, value in logs[0].items() if name.startswith("raw/") and value > 1e-3}
    assert active == {"raw/binary_entropy", "raw/texture", "raw/background"}
    for name in active:
        print(name, [round(log[name], 3) for log in logs])
        assert logs[-1][name] < logs[0][name], name


def test_devices_parts_and_recomputed_activations_make_the_same_update(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.training.imagenet_updates", str(tmp_path / f"{name}.npz"), *flags],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
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
                change, moved["whole"][variable], rtol=0, atol=1e-7, err_msg=f"{name}: {variable}"
            )
