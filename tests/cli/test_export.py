from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf import checkpoints
from cgn_tf.checkpoints.manifest import FileRecord
from cgn_tf.cli import export
from cgn_tf.models.cgn import constructor
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.features import FeatureNetwork
from cgn_tf.weights.assignment import named_variables


def saved(model: keras.Model, directory: Path, step: int) -> Path:
    groups = {"model": {name: variable.numpy() for name, variable in named_variables(model.variables).items()}}
    return checkpoints.save(directory, step, groups, model=constructor(model), config=None, keep=1)


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    keras.utils.set_random_seed(0)
    cgn = digit_cgn()
    cgn.build()
    return saved(cgn, tmp_path / "cgn", 12)


def test_the_next_version_is_written_and_said(
    untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "serving" / "cgn"
    arguments = [f"--model={untrained.parent}", f"--output_dir={output}", "--max_batch_size=2"]
    for version in ("1", "2"):
        assert export.main(arguments) == 0
        first, command = capsys.readouterr().out.splitlines()[-2:]
        assert first.startswith(f"{output / version}: step 12 of ")
        assert command.endswith(f"--model_name=cgn --model_base_path={output}")
    metadata = json.loads((output / "2" / "assets.extra" / "cgn_tf.json").read_text())
    weights = (untrained / "model.safetensors").read_bytes()
    assert (metadata["step"], metadata["sha256"]) == (12, FileRecord.of(weights).sha256)
    served = tf.saved_model.load(str(output / "2")).signatures["serving_default"]
    labels = {f"{factor}_label": tf.constant([1, 2], tf.int64) for factor in ("shape", "texture", "background")}
    noise = np.random.default_rng(0).standard_normal((2, 32)).astype(np.float32)
    image = checkpoints.load(untrained.parent)(noise, [1, 2]).image
    np.testing.assert_allclose(served(noise=tf.constant(noise), **labels)["image"], image, rtol=0, atol=1e-6)
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected 1 to 2 rows"):
        served(noise=tf.zeros((3, 32)), **{name: tf.zeros(3, tf.int64) for name in labels})


def test_a_model_that_is_no_cgn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
