"""The CGN at 256 pixels, in small, from the command line: what a user runs before a GPU is rented."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from cgn_tf import checkpoints

ROOT = Path(__file__).resolve().parents[2]
STEPS = 10


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_ten_updates(tmp_path: Path) -> None:
    flags = ["--flagfile=configs/imagenet_tiny.flags", f"--steps={STEPS}", "--log_every=1", f"--sheet_every={STEPS}"]
    command = [sys.executable, str(ROOT / "tools" / "train.py"), *flags, f"--workdir={tmp_path}"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    events = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"tensors": 0})
    events.Reload()
    found = {
        name: [float(event.tensor_proto.float_val[0]) for event in events.Tensors(f"raw/{name}")]
        for name in ("binary_entropy", "mask_size", "reconstruction", "style", "texture", "background")
    }
    assert {len(values) for values in found.values()} == {STEPS}
    assert found["reconstruction"][0] < 1e-5  # all mechanisms begin as the reference
    for name in ("binary_entropy", "texture", "background"):
        assert np.mean(found[name][-3:]) < np.mean(found[name][:3]), name
    saved = checkpoints.read(tmp_path / "checkpoints" / f"step_{STEPS:08d}")
    assert sorted(saved.groups) == ["model", "training"]
    sheet = np.asarray(Image.open(tmp_path / "sheets" / f"parts_step_{STEPS:08d}.png"))
    assert sheet.std() > 20
