"""Reports on photographs are of images that no model of the report was trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import pytest

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.datasets.config import DataConfig
from cgn_tf.models.cgn import constructor
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.weights.assignment import named_variables
from tests.datasets.image_folder import write_folder

METRICS = {
    "variant": "folder", "method": "plain", "seed": 0, "steps": 1, "training_images": 30, "train_accuracy": 50.0,
    "validation_accuracy": None, "test_accuracy": 50.0, "official_test_accuracy": None, "configuration_hash": "abc",
}  # fmt: skip


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "photos", {"cat": 20, "dog": 20})


def saved(model: Any, directory: Path, photos: Path, *flags: str) -> Path:
    """The work directory of a run on the photographs with these options."""
    model.build()
    data = parse(DataConfig, ["--dataset=folder", f"--data_dir={photos}", *flags])
    groups = {"model": {name: variable.numpy() for name, variable in named_variables(model.variables).items()}}
    config = {"data": to_dict(data), "class_names": ["cat", "dog"]}
    checkpoints.save(directory / "checkpoints", 1, groups, model=constructor(model), config=config, keep=1)
    (directory / "metrics.json").write_text(json.dumps(METRICS))
    return directory


def evaluated(photos: Path, output: Path, *flags: str) -> int:
    data = ["--suite=images", "--dataset=folder", f"--data_dir={photos}"]
    return run_cli("evaluate", [*data, "--samples=10", f"--output_dir={output}", *flags])


def test_a_classifier_is_held_to_its_split(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    classifier = saved(DigitClassifier(2, 32), tmp_path / "classifier", photos, "--test_share=0.2")
    given = f"--classifiers={classifier}"
    assert evaluated(photos, tmp_path / "out", given, "--test_share=0.5", "--fit=pad") == 1
    assert capsys.readouterr().err == (
        f"error: {classifier}: expected a classifier trained with --test_share=0.5, --fit=pad, got a classifier "
        "trained with --test_share=0.2, --fit=crop: images of its training could count as test images, or look "
        "otherwise; set --test_share=0.2, --fit=crop, or give another directory.\n"
    )
    assert not (tmp_path / "out" / "report.json").exists()
    moved = photos.rename(tmp_path / "moved")
    assert evaluated(moved, tmp_path / "out", given, "--test_share=0.2") == 0, capsys.readouterr().err
    assert json.loads((tmp_path / "out" / "report.json").read_text())["images"]["test"] > 0


def test_a_cgn_is_held_to_its_split(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keras.utils.set_random_seed(0)
    classifier = saved(DigitClassifier(2, 32), tmp_path / "classifier", photos, "--validation_share=0.2")
    cgn = saved(digit_cgn(num_classes=2), tmp_path / "cgn", photos)
    models = [f"--classifiers={classifier}", f"--cgns={cgn}"]
    assert evaluated(photos, tmp_path / "out", *models, "--validation_share=0.2") == 1
    message = capsys.readouterr().err
    assert message.startswith(f"error: {cgn}: expected a CGN trained with --validation_share=0.2, got a CGN trained ")
    assert "set --validation_share=0.1, or give another directory" in message
