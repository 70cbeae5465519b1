from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf import checkpoints
from cgn_tf.checkpoints.manifest import FileRecord
from cgn_tf.cli import export
from cgn_tf.models.features import FeatureNetwork


def test_the_next_version_is_written_and_said(
    untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "serving" / "cgn"
    arguments = [f"--model={untrained}", f"--output_dir={output}", "--max_batch_size=2"]
    for version in ("1", "2"):
        assert export.main(arguments) == 0
        first, command = capsys.readouterr().out.splitlines()[-2:]
        assert first.startswith(f"{output / version}: step 12 of ")
        assert command.endswith(f"--model_name=cgn --model_base_path={output}")
    metadata = json.loads((output / "2" / "assets.extra" / "cgn_tf.json").read_text())
    weights = (untrained / "step_00000012" / "model.safetensors").read_bytes()
    assert (metadata["step"], metadata["sha256"]) == (12, FileRecord.of(weights).sha256)
    served = tf.saved_model.load(str(output / "2")).signatures["serving_default"]
    labels = {f"{factor}_label": tf.constant([1, 2], tf.int64) for factor in ("shape", "texture", "background")}
    noise = np.random.default_rng(0).standard_normal((2, 32)).astype(np.float32)
    image = checkpoints.load(untrained)(noise, [1, 2]).image
    np.testing.assert_allclose(served(noise=tf.constant(noise), **labels)["image"], image, rtol=0, atol=1e-6)
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected 1 to 2 rows"):
        served(noise=tf.zeros((3, 32)), **{name: tf.zeros(3, tf.int64) for name in labels})


def test_a_model_that_is_no_cgn(saved: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = saved(FeatureNetwork("squeezenet", taps=[0]), tmp_path / "features", 1).parent
    assert export.main([f"--model={directory}", f"--output_dir={tmp_path / 'serving'}"]) == 1
    assert "expected a CGN, got FeatureNetwork" in capsys.readouterr().err
    assert not (tmp_path / "serving").exists()


def test_wrong_command_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export.main(["--output_dir=x"]) == 2
    assert "--model: expected the directory of a CGN" in capsys.readouterr().err
    assert export.main([f"--model={tmp_path / 'none'}", f"--output_dir={tmp_path / 'serving'}"]) == 1
    assert "none" in capsys.readouterr().err
    assert not (tmp_path / "serving").exists()
