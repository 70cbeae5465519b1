"""The step of BigGAN and U²-Net: a small graph, which lowers the losses; how a batch is computed changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.options.command_line import parse
from cgn_tf.training.loop import StepRunner
from tests.programs import Program
from tests.training.imagenet_updates import TINY

WAYS = {
    "whole": [],
    "devices": ["--strategy=mirrored", "--logical_cpus=2"],
    "parts": ["--micro_batches=2"],
    "recomputed": ["--gradient_checkpointing"],
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def steps_and_batches() -> tuple[StepRunner, Any]:
    """The steps of the configuration as it stands, and one batch again and again."""
    trainer, _, batches = build_training(parse(TrainConfig, TINY))
    return StepRunner(trainer), iter(batches(0).take(1).repeat())


@pytest.mark.xdist_group("imagenet_step")
def test_the_step_is_a_small_graph(steps_and_batches: tuple[StepRunner, Any]) -> None:
    steps, batches = steps_and_batches
    graph = steps._one.get_concrete_function(batches, 0).graph.as_graph_def()
    nodes = len(graph.node) + sum(len(function.node_def) for function in graph.library.function)
    print(f"{nodes:,} nodes")
    # about 28,700; without shared traces, norms together and the fused Adam there are 76,195
    assert nodes < 32_000


@pytest.mark.xdist_group("imagenet_step")
def test_updates_lower_every_loss_that_a_batch_begins_with(steps_and_batches: tuple[StepRunner, Any]) -> None:
    steps, batches = steps_and_batches
    logs = [steps(batches, 1, done) for done in range(10)]
    assert steps._one.experimental_get_tracing_count() == 1
    # reconstruction and style are 0, since all mechanisms begin as the reference; mask size is, in this batch
    active = {name for name, value in logs[0].items() if name.startswith("raw/") and value > 1e-3}
    assert active == {"raw/binary_entropy", "raw/texture", "raw/background"}
    for name in active:
        print(name, [round(log[name], 3) for log in logs])
        assert logs[-1][name] < logs[0][name], name


def test_devices_parts_and_recomputed_activations_make_the_same_update(tmp_path: Path) -> None:
    processes = [
        Program("tests/training/imagenet_updates.py", tmp_path / f"{name}.npz", *flags) for name, flags in WAYS.items()
    ]
    for process in processes:
        process.end()
    moved = {name: dict(np.load(tmp_path / f"{name}.npz")) for name in WAYS}
    assert max(np.abs(change).max() for change in moved["whole"].values()) > 1e-4
    for name, changes in moved.items():
        for variable, change in changes.items():
            np.testing.assert_allclose(
                change, moved["whole"][variable], rtol=0, atol=1e-7, err_msg=f"{name}: {variable}"
            )
