"""The whole path of photographs of one's own: CGN, counterfactuals, classifiers, report, served model."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from tests.datasets.image_folder import write_folder

CLASSES = ("cat", "a dog, large", "Schiff ü")
SORTED = sorted(CLASSES)
FLAGS = {
    "folder": [
        "--dataset=folder", "--shape_mechanism=deep", "--texture_mechanism=deep", "--masker=sigmoid",
        "--discriminator=projection", "--discriminator_width=4", "--noise_dim=4", "--batch_size=4", "--steps=2",
    ],
    "counterfactuals_folder": ["--images_per_mask=2", "--shapes_per_batch=6"],
    "classifier_folder": ["--dataset=folder", "--optimizer=adam", "--batch_size=4", "--steps=3"],
}  # fmt: skip
pytestmark = pytest.mark.slow


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A directory of files of flags, for runs of seconds."""
    directory = tmp_path / "recipes"
    directory.mkdir()
    for name, flags in FLAGS.items():
        (directory / f"{name}.flags").write_text("\n".join(flags))
    return directory


@pytest.mark.timeout(900)
def test_from_photographs_to_a_report_and_a_served_model(
    recipes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = write_folder(tmp_path / "photos", dict.fromkeys(CLASSES, 20))
    data = ["--dataset=folder", f"--data_dir={photos}", "--image_size=64"]
    workdir = tmp_path / "runs"
    compared = ["--methods=cgn,plain", "--seeds=0", "--counterfactuals=24", f"--configs={recipes}"]
    assert run_cli("reproduce", [*data, *compared, f"--workdir={workdir}"]) == 0
    run = workdir / "folder" / "cgn" / "0"

    results = [workdir / "results" / "folder" / method / "0.json" for method in ("cgn", "plain")]
    assert all(0 <= json.loads(path.read_text())["test_accuracy"] <= 100 for path in results)
    report = json.loads((workdir / "folder" / "report" / "report.json").read_text())
    assert report["class_names"] == SORTED
    assert set(report["images"]) == {"validation", "test", "counterfactuals"}
    assert [len(one["accuracy_by_class"]["test"]) for one in report["classifiers"]] == [3, 3]
    assert [len(report["groups"][0]["confusion"][factor]) for factor in ("shape", "texture", "background")] == [3] * 3
    assert len(report["masks"][0]["mean_by_class"]) == 3
    text = (workdir / "folder" / "report" / "report.md").read_text()
    assert "| classifier | all | Schiff ü | a dog, large | cat |" in text
    assert "## What the predictions follow (counterfactuals)" in text
    assert "## Masks class by class, %" in text

    capsys.readouterr()
    made = tmp_path / "made"
    named = ["--mode=fixed_classes", "--classes=cat,schiff ü,2", "--num_images=2", "--png", "--images_per_mask=1"]
    assert run_cli("generate", [f"--model={run / 'cgn'}", f"--output_dir={made}", *named]) == 0
    with (made / "labels.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["texture_name"] for row in rows] == ["Schiff ü"] * 2
    assert json.loads((made / "config.json").read_text())["model_class_names"] == SORTED
    assert (made / "shape_label.labels.txt").read_text().split("\n")[:3] == SORTED

    served = tmp_path.parent / "served"  # a server takes no path with wildcards
    assert run_cli("export", [f"--model={run / 'classifier'}", f"--output_dir={served}"]) == 0
    described = json.loads((served / "1" / "assets.extra" / "cgn_tf.json").read_text())
    assert (described["kind"], described["image_size"], described["class_names"]) == (
        "image_classifier", [64, 64], SORTED,
    )  # fmt: skip
    assert (served / "1" / "assets" / "class_names.txt").read_text() == "".join(f"{name}\n" for name in SORTED)
    classifier = checkpoints.load(run / "classifier")
    assert isinstance(classifier, DigitClassifier)
    assert (classifier.num_classes, classifier.image_size) == (3, 64)

    capsys.readouterr()
    others = write_folder(tmp_path / "others", {"cat": 20, "cow": 20, "dog": 20})
    train = [f"--flagfile={recipes / 'classifier_folder.flags'}", f"--data_dir={others}", "--image_size=64"]
    train += ["--training_data=counterfactual", f"--counterfactuals={run / 'images_24'}"]
    assert run_cli("train_classifier", [*train, f"--workdir={tmp_path / 'refused'}"]) == 1
    expected = "trained on folder (cat, cow, dog), got counterfactuals of a CGN trained on folder (Schiff ü,"
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "refused").exists()
