from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf import checkpoints
from cgn_tf.checkpoints.manifest import FileRecord
from cgn_tf.cli.app import run as run_cli
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.render.grid import to_uint8


def test_the_next_version_is_written_and_said(
    untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path.parent / "serving" / "cgn"
    arguments = [f"--model={untrained}", f"--output_dir={output}", "--max_batch_size=2"]
    for version in ("1", "2"):
        assert run_cli("export", arguments) == 0
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


def test_numbers_beyond_those_that_a_server_reads(
    untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path.parent / "serving"
    for number in (99999999999999999999, 2**63 - 1):
        (base / str(number)).mkdir(parents=True)
    before = sorted(base.iterdir())
    assert run_cli("export", [f"--model={untrained}", f"--output_dir={base}"]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"error: {base}: expected a number that a server reads to be left")
    assert told.endswith("choose another --output_dir.")
    assert sorted(base.iterdir()) == before


def test_a_classifier_with_names_for_its_classes(
    saved: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = DigitClassifier()
    model.build()
    directory = saved(model, tmp_path / "classifier", 5).parent
    names = tmp_path / "names.txt"
    names.write_text("".join(f"digit {i}\n" for i in range(10)))
    output = tmp_path.parent / "serving" / "classifier"
    arguments = [f"--model={directory}", f"--output_dir={output}", f"--class_names={names}", "--max_pixels=1024"]
    assert run_cli("export", arguments) == 0
    assert f"{output / '1'}: step 5 of {directory}" in capsys.readouterr().out
    assert (output / "1" / "assets" / "class_names.txt").read_text() == names.read_text()
    served = tf.saved_model.load(str(output / "1")).signatures["classify"]
    blank, large = (tf.io.encode_png(np.zeros((size, 32, 3), np.uint8)) for size in (32, 33))
    probabilities = served(image_bytes=tf.stack([blank]))["probabilities"]
    blank_input = np.full((1, 32, 32, 3), -1, np.float32)
    np.testing.assert_allclose(probabilities, tf.nn.softmax(model(blank_input)), rtol=0, atol=1e-5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected at most 1024 pixels"):
        served(image_bytes=tf.stack([large]))


def test_a_model_that_is_not_served(
    saved: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = saved(FeatureNetwork("squeezenet", taps=[0]), tmp_path / "features", 1).parent
    assert run_cli("export", [f"--model={directory}", f"--output_dir={tmp_path / 'serving'}"]) == 1
    assert "expected a CGN or a classifier, got FeatureNetwork" in capsys.readouterr().err
    assert not (tmp_path / "serving").exists()


def test_wrong_command_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("export", ["--output_dir=x"]) == 2
    assert "--model: expected the directory of a model" in capsys.readouterr().err
    assert run_cli("export", [f"--model={tmp_path / 'none'}", f"--output_dir={tmp_path / 'serving'}"]) == 1
    assert "none" in capsys.readouterr().err
    assert not (tmp_path / "serving").exists()


@pytest.mark.parametrize("wildcard", ["*", "?", "[", "\\"])
def test_a_path_that_tensorflow_takes_for_a_pattern(
    wildcard: str, untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path.parent / f"a{wildcard}1]" / "cgn"
    assert run_cli("export", [f"--model={untrained}", f"--output_dir={output}"]) == 1
    (told,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert f"expected a path without * ? [ \\, got one with {wildcard}, which" in told
    assert "choose another --output_dir." in told
    assert not output.exists()
