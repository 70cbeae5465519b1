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
from cgn_tf.models.cgn import CGN
from cgn_tf.models.features import FeatureNetwork
from cgn_tf.types import Triplet


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


@pytest.mark.slow
def test_the_small_cgn_at_128_pixels_takes_a_truncation(
    small_imagenet_cgn: Path, small_imagenet_folded: CGN, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [f"--model={small_imagenet_cgn}", f"--output_dir={tmp_path / 'cgn'}", "--max_batch_size=2"]
    assert export.main(arguments) == 0
    assert f"{tmp_path / 'cgn' / '1'}: step 3 of {small_imagenet_cgn}" in capsys.readouterr().out
    metadata = json.loads((tmp_path / "cgn" / "1" / "assets.extra" / "cgn_tf.json").read_text())
    described = {name: metadata[name] for name in ("num_classes", "noise_dim", "image_size", "max_batch_size")}
    assert described == {"num_classes": 1000, "noise_dim": 128, "image_size": [128, 128], "max_batch_size": 2}
    served = tf.saved_model.load(str(tmp_path / "cgn" / "1")).signatures["serving_default"]
    noise = 0.5 * np.clip(np.random.default_rng(0).standard_normal((2, 128)), -2, 2).astype(np.float32)
    labels = Triplet(np.array([1, 2]), np.array([3, 4]), np.array([5, 999]))
    given = {f"{factor}_label": tf.constant(values) for factor, values in labels._asdict().items()}
    image = served(noise=tf.constant(noise), truncation=tf.constant([0.5, 0.5]), **given)["image"]
    expected = small_imagenet_folded(noise, labels, truncation=0.5).image
    np.testing.assert_allclose(image, expected, rtol=0, atol=1e-5)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"truncation: expected values in .0, 1., got"):
        served(noise=tf.constant(noise), truncation=tf.constant([0.5, 0.0]), **given)


def test_a_model_that_is_no_cgn(saved: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = saved(FeatureNetwork("squeezenet", taps=[0]), tmp_path / "features", 1).parent
    assert export.main([f"--model={directory}", f"--output_dir={tmp_path / 'serving'}"]) == 1
    assert "expected a CGN or a classifier of digits, got FeatureNetwork" in capsys.readouterr().err
    assert not (tmp_path / "serving").exists()


def test_wrong_command_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export.main(["--output_dir=x"]) == 2
    assert "--model: expected the directory of a model" in capsys.readouterr().err
    assert export.main([f"--model={tmp_path / 'none'}", f"--output_dir={tmp_path / 'serving'}"]) == 1
    assert "none" in capsys.readouterr().err
    assert not (tmp_path / "serving").exists()
