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
from cgn_tf.models.digit_classifier import DigitClassifier
from cgn_tf.models.features import FeatureNetwork
from cgn_tf.render.grid import to_uint8
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
    image = to_uint8(np.asarray(checkpoints.load(untrained)(noise, [1, 2]).image))
    found = served(noise=tf.constant(noise), truncation=tf.ones(2), **labels)["image"].numpy()
    assert np.abs(found.astype(int) - image).max() <= 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected 1 to 2 rows"):
        served(noise=tf.zeros((3, 32)), truncation=tf.ones(3), **{name: tf.zeros(3, tf.int64) for name in labels})


def test_a_classifier_with_names_for_its_classes(
    saved: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = DigitClassifier()
    model.build()
    directory = saved(model, tmp_path / "classifier", 5).parent
    names = tmp_path / "names.txt"
    names.write_text("".join(f"digit {i}\n" for i in range(10)))
    output = tmp_path / "serving" / "classifier"
    arguments = [f"--model={directory}", f"--output_dir={output}", f"--class_names={names}", "--max_pixels=1024"]
    assert export.main(arguments) == 0
    assert f"{output / '1'}: step 5 of {directory}" in capsys.readouterr().out
    assert (output / "1" / "assets" / "class_names.txt").read_text() == names.read_text()
    served = tf.saved_model.load(str(output / "1")).signatures["classify"]
    blank, large = (tf.io.encode_png(np.zeros((size, 32, 3), np.uint8)) for size in (32, 33))
    probabilities = served(image_bytes=tf.stack([blank]))["probabilities"]
    blank_input = np.full((1, 32, 32, 3), -1, np.float32)
    np.testing.assert_allclose(probabilities, tf.nn.softmax(model(blank_input)), rtol=0, atol=1e-5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected at most 1024 pixels"):
        served(image_bytes=tf.stack([large]))


@pytest.mark.slow
def test_the_small_cgn_at_128_pixels(
    small_imagenet_cgn: Path, small_imagenet_folded: CGN, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [f"--model={small_imagenet_cgn}", f"--output_dir={tmp_path / 'cgn'}", "--max_batch_size=2"]
    assert export.main(arguments) == 0
    assert f"{tmp_path / 'cgn' / '1'}: step 3 of {small_imagenet_cgn}" in capsys.readouterr().out
    metadata = json.loads((tmp_path / "cgn" / "1" / "assets.extra" / "cgn_tf.json").read_text())
    described = {name: metadata[name] for name in ("num_classes", "noise_dim", "image_size", "max_batch_size")}
    assert described == {"num_classes": 1000, "noise_dim": 128, "image_size": [128, 128], "max_batch_size": 2}
    served = tf.saved_model.load(str(tmp_path / "cgn" / "1")).signatures["serving_default"]
    noise = np.clip(np.random.default_rng(0).standard_normal((2, 128)), -2, 2).astype(np.float32)
    labels = Triplet(np.array([1, 2]), np.array([3, 4]), np.array([5, 999]))
    given = {f"{factor}_label": tf.constant(values) for factor, values in labels._asdict().items()}
    image = served(noise=tf.constant(noise), truncation=tf.constant([0.5, 0.5]), **given)["image"].numpy()
    expected = to_uint8(np.asarray(small_imagenet_folded(0.5 * noise, labels, truncation=0.5).image))
    assert np.abs(image.astype(int) - expected).max() <= 1


def test_a_model_that_is_not_served(
    saved: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
