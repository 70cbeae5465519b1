"""The CGN at 256 pixels, in small, from the command line: what a user runs before a GPU is rented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from cgn_tf import checkpoints
from tests.programs import Program

STEPS, SAVED = 10, 5
TERMS = ("binary_entropy", "mask_size", "reconstruction", "style", "texture", "background")


def start(workdir: Path) -> Program:
    flags = [f"--steps={STEPS}", "--log_every=1", f"--sample_grid_every={STEPS}", f"--checkpoint_every={SAVED}"]
    return Program("tools/train.py", "--flagfile=configs/imagenet_tiny.flags", *flags, f"--workdir={workdir}")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_ten_updates_and_a_kill(tmp_path: Path) -> None:
    process = start(tmp_path)
    process.wait_for_step(tmp_path, SAVED)
    process.kill()
    begun = checkpoints.read(tmp_path / "checkpoints" / f"step_{SAVED:08d}").groups
    start(tmp_path).end()
    ended = checkpoints.read(tmp_path / "checkpoints" / f"step_{STEPS:08d}").groups
    assert sorted(ended) == ["model", "training"]
    for factor in ("shape", "texture", "background"):
        name = f"cgn/{factor}/to_rgb/kernel"
        assert 0 < np.abs(ended["model"][name] - begun["model"][name]).max() < 0.1

    events = EventAccumulator(str(tmp_path / "tensorboard" / "train"), size_guidance={"tensors": 0})
    events.Reload()
    found = {
        name: {event.step: float(tf.make_ndarray(event.tensor_proto)) for event in events.Tensors(f"loss_{name}/raw")}
        for name in TERMS
    }
    assert {tuple(sorted(values)) for values in found.values()} == {tuple(range(1, STEPS + 1))}
    assert found["reconstruction"][1] < 1e-5  # all mechanisms begin as the reference
    for name in ("binary_entropy", "background"):
        first, last = (np.mean([found[name][step] for step in steps]) for steps in ((1, 2, 3), (8, 9, 10)))
        assert last < first, name
    sample_grid = np.asarray(Image.open(tmp_path / "sample_grids" / f"parts_step_{STEPS:08d}.png"))
    assert sample_grid.std() > 20
