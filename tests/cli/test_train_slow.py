"""The training command at length: an exact resume with everything switched on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf import checkpoints
from tests.programs import Program

pytestmark = pytest.mark.slow


EVERYTHING = [
    "--dataset=wildlife_mnist", "--digits=sklearn", "--textures=procedural", "--discriminator=conv",
    "--discriminator_width=8",
    "--batch_size=32", "--steps=30", "--checkpoint_every=5", "--sample_grid_every=10", "--ema_decay=0.9",
    "--lr_decay_steps=20", "--style_weights=0.3,0,0.1,0", "--content_weights=0,0.2,0,0", "--features=squeezenet",
    "--feature_weights=random", "--feature_range=raw", "--instance_noise=0.2", "--mask_size_weight=1",
    "--mask_border_weight=1", "--reconstruction_weight=0.5", "--embedding_owner=texture",
    "--mask_gradient=clipped", "--keep=100",
]  # fmt: skip


@pytest.mark.timeout(900)
def test_sigkill_with_everything_switched_on(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    Program("tools/train.py", *EVERYTHING, f"--workdir={whole}", anew=True).end()
    for step in (5, 15):
        process = Program("tools/train.py", *EVERYTHING, f"--workdir={killed}")
        process.wait_for_step(killed, step)
        process.kill()
    Program("tools/train.py", *EVERYTHING, f"--workdir={killed}").end()
    first, second = (checkpoints.read(path / "checkpoints" / "step_00000030") for path in (whole, killed))
    assert set(first.groups) == {"model", "ema", "training"}
    for group, arrays in first.groups.items():
        for name, array in arrays.items():
            assert array.tobytes() == second.groups[group][name].tobytes(), name
    sample_grids = [sorted((path / "sample_grids").iterdir())[-1] for path in (whole, killed)]
    np.testing.assert_array_equal(sample_grids[0].read_bytes(), sample_grids[1].read_bytes())
