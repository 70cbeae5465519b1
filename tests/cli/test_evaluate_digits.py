from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.datasets.config import DataConfig
from cgn_tf.evaluation.judged_models import load_cgn
from cgn_tf.models.networks.digit_classifier import DigitClassifier

METRICS = {
    "variant": "colored_mnist",
    "method": "plain",
    "seed": 0,
    "steps": 20,
    "training_images": 1_437,
    "train_accuracy": 99.5,
    "validation_accuracy": None,
    "test_accuracy": 35.9,
    "official_test_accuracy": None,
    "configuration_hash": "abc",
    "seconds": 1.5,
}

Saved = Callable[[keras.Model, Path, int], Path]


@pytest.fixture(scope="session")
def classifier(saved: Saved, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints of a classifier as it starts; not to be changed."""
    keras.utils.set_random_seed(0)
    model = DigitClassifier()
    model.build((None, 32, 32, 3))
    return saved(model, tmp_path_factory.mktemp("classifier") / "checkpoints", 20).parent


@pytest.fixture
def run(classifier: Path, tmp_path: Path) -> Callable[..., str]:
    """Makes the work directory of a finished run; returns its name."""

    def make(name: str, **changed: Any) -> str:
        directory = tmp_path / name
        directory.mkdir()
        (directory / "checkpoints").symlink_to(classifier)
        (directory / "metrics.json").write_text(json.dumps(METRICS | changed))
        return str(directory)

    return make


def directory_of_a_run(place: Path) -> Path:
    (place / "a_run").mkdir()
    (place / "a_run" / "config.json").write_text("{}")
    return place / "a_run"


def error(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    assert run_cli("evaluate", ["--suite=digits", "--digits=sklearn", *arguments]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err.removeprefix("error: ").rstrip()


def test_the_report(run: Callable[..., str], untrained: Path, tmp_path: Path) -> None:
    directories = [
        run("plain"),
        *(run(f"few_{seed}", method="cgn", seed=seed, training_images=10_000) for seed in (1, 0)),
        run("many", method="cgn", training_images=100_000),
    ]
    output = tmp_path / "new" / "report"
    arguments = [f"--classifiers={','.join(directories)}", f"--cgns={untrained}", f"--output_dir={output}"]
    quick = ["--digits=sklearn", "--samples=20", "--mask_classifier_steps=30"]
    assert run_cli("evaluate", ["--suite=digits", *arguments, *quick]) == 0

    figures = json.loads((output / "report.json").read_text())
    assert figures["images"] == {"train": 1_437, "test": 360}
    groups = {(group["method"], group["training_images"]): group for group in figures["groups"]}
    assert list(groups) == [("plain", 1_437), ("cgn", 10_000), ("cgn", 100_000)]
    # one set of weights stands for all classifiers
    one, two = groups["plain", 1_437], groups["cgn", 10_000]
    assert two["seeds"] == [0, 1]
    assert two["accuracy"]["test"] == {"mean": one["accuracy"]["test"]["mean"], "half": 0.0, "n": 2}
    assert one["accuracy"]["test"]["half"] is None
    assert one["accuracy"]["test"]["mean"] == pytest.approx(one["agreement"]["shape"]["mean"])
    assert one["paper"] == {"train": 99.5, "test": 35.9}
    assert np.sum(one["confusion"]["texture"]) == 360
    assert np.sum(two["confusion"]["texture"]) == 720
    assert [counted["training_images"] for counted in figures["counterfactuals"]] == [10_000, 100_000]
    assert figures["classifiers"][0]["recorded_accuracy"]["test"] == 35.9
    assert len(figures["masks"][0]["read_by_class"]) == 10
    assert 0 < figures["mask_classifier_accuracy"] <= 1

    text = (output / "report.md").read_text()
    mean = f"{one['accuracy']['test']['mean']:.2f}"
    assert f"| plain | 1,437 | 1 | {one['accuracy']['train']['mean']:.2f} | {mean} | 35.9 |" in text
    assert f"{mean} ± 0.00 | 95.1 |" in text
    assert "with one seed there is no interval" in text
    pictures = {path.name for path in output.glob("*.png")}
    assert pictures == {
        "accuracy.png",
        "confusion_plain_1437.png",
        "confusion_cgn_10000.png",
        "confusion_cgn_100000.png",
        "counterfactuals.png",
        "masks.png",
    }
    assert all(f"]({name})" in text for name in pictures)
    for name in pictures:
        with Image.open(output / name) as image:
            assert min(image.size) > 200
    assert sorted(path.suffix for path in output.iterdir() if path.suffix != ".png") == [".json", ".md"]


def test_without_cgns_no_masks_are_read(run: Callable[..., str], tmp_path: Path) -> None:
    arguments = [f"--classifiers={run('plain')}", f"--output_dir={tmp_path / 'out'}"]
    assert run_cli("evaluate", ["--suite=digits", "--digits=sklearn", *arguments]) == 0
    figures = json.loads((tmp_path / "out" / "report.json").read_text())
    assert figures["masks"] == figures["counterfactuals"] == []
    assert figures["mask_classifier_accuracy"] is None
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == {"accuracy.png", "confusion_plain_1437.png"}


@pytest.mark.parametrize("name", ["report.md", "report.json"])
def test_a_report_that_cannot_be_written_is_found_before_the_work(
    name: str, run: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / name).mkdir(parents=True)
    message = error(capsys, 1, f"--classifiers={run('one')}", f"--output_dir={tmp_path / 'out'}")
    assert message == (
        f"{tmp_path / 'out' / name}: expected a file or nothing, got a directory; choose another --output_dir."
    )


def test_directories_that_do_not_fit(
    run: Callable[..., str], untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = f"--output_dir={tmp_path / 'out'}"
    one, twin, other = run("one"), run("twin"), run("other", variant="wildlife_mnist")
    message = error(capsys, 1, f"--classifiers={one},{other}", output)
    assert message.startswith(f"{other}: expected a classifier of colored_mnist, got one of wildlife_mnist")
    message = error(capsys, 1, f"--classifiers={one},{twin}", output)
    assert message.startswith(f"--classifiers: {one} and {twin} both have method plain, 1,437 training images and seed")
    message = error(capsys, 1, f"--classifiers={untrained}", output)
    assert message == f"{untrained}: expected a finished run of a classifier, got none with metrics.json."
    message = error(capsys, 1, f"--classifiers={one}", f"--cgns={twin}", output)
    assert message == (
        f"{twin}: expected a CGN of 10 classes and images of 32 pixels, as colored_mnist has, got a DigitClassifier."
    )
    texture = run("texture", label="texture")
    message = error(capsys, 1, f"--classifiers={texture}", output)
    assert message == f"{texture}: expected a classifier of shapes, got one of the label texture."
    broken = run("broken", seed="zero")
    message = error(capsys, 1, f"--classifiers={broken}", output)
    assert message == f"{broken}/metrics.json: seed: expected a whole number, got 'zero'."
    (tmp_path / "out").write_text("a file")
    message = error(capsys, 1, f"--classifiers={one}", output)
    assert message == f"{tmp_path / 'out'}: expected a directory, got a file; choose another --output_dir."
    # the directory of a run
    message = error(capsys, 1, f"--classifiers={one}", f"--output_dir={directory_of_a_run(tmp_path)}")
    assert "got that of a run or of another suite, which holds config.json; choose another --output_dir." in message


def trained_on(untrained: Path, directory: Path, dataset: str) -> Path:
    """The CGN of `untrained`, as the checkpoint of a run on a data set."""
    found = checkpoints.read(untrained / "step_00000012")
    config = {"data": {"dataset": dataset}}
    return checkpoints.save(directory, 12, found.groups, model=found.model, config=config, keep=1).parent


@pytest.mark.parametrize("suite", ["digits", "masks"])
def test_cgns_of_another_variant(
    suite: str, run: Callable[..., str], untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cgn = trained_on(untrained, tmp_path / "cgn", "wildlife_mnist")
    flags = {
        "digits": [f"--classifiers={run('one')}", f"--cgns={untrained},{cgn}", f"--output_dir={tmp_path / 'out'}"],
        "masks": [f"--model={cgn}"],
    }[suite]
    message = error(capsys, 1, f"--suite={suite}", *flags)
    assert message == (
        f"{cgn}: expected a CGN trained on colored_mnist, got a CGN trained on wildlife_mnist; set "
        "--dataset=wildlife_mnist, or give another directory."
    )


@pytest.mark.parametrize("dataset", ["wildlife_mnist", "latent"])
def test_a_cgn_that_may_be_of_the_variant(dataset: str, untrained: Path, tmp_path: Path) -> None:
    cgn = trained_on(untrained, tmp_path / "cgn", dataset)
    assert load_cgn(str(cgn), DataConfig("wildlife_mnist")).image_size == 32


def test_wrong_command_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert error(capsys, 2).startswith("--classifiers: expected one for --suite=digits, got none")
    assert error(capsys, 2, "--classifiers=a").startswith("--output_dir: expected one for --suite=digits")
    both = ["--classifiers=a", "--output_dir=b"]
    assert error(capsys, 2, *both, "--model=c").startswith("--model: no chosen part reads it; leave it out")
    assert error(capsys, 2, "--classifiers=a,b,a", "--output_dir=c") == (
        "--classifiers: expected each directory once, got a twice."
    )
    assert error(capsys, 2, "--classifiers=a,,b", "--output_dir=c").startswith("--classifiers: expected directories")
    assert run_cli("evaluate", ["--classifiers=a"]) == 2
    assert capsys.readouterr().err.startswith("error: --classifiers: no chosen part reads it; leave it out, or choose")
    assert error(capsys, 2, "--classifier=squeezenet").startswith("--classifier: --suite=digits reads none")


@pytest.mark.parametrize("wrong", [{"x_test": np.zeros((60, 28, 28), np.uint8)}, {"y_test": None}])
def test_an_official_test_split_that_is_bad_is_not_left_out(
    wrong: dict[str, Any], run: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(0)
    strokes = np.pad(random.integers(0, 256, (60, 26, 26), dtype=np.uint8), ((0, 0), (1, 1), (1, 1)))
    arrays = {f"{kind}_{split}": values for split in ("train", "test")
              for kind, values in (("x", strokes), ("y", np.arange(60) % 10))} | wrong  # fmt: skip
    np.savez(tmp_path / "digits.npz", **{name: values for name, values in arrays.items() if values is not None})
    arguments = [f"--digits={tmp_path / 'digits.npz'}", f"--classifiers={run('one')}", f"--output_dir={tmp_path / 'o'}"]
    assert run_cli("evaluate", ["--suite=digits", *arguments]) == 1
    assert f"{tmp_path / 'digits.npz'}: " in capsys.readouterr().err
    assert not (tmp_path / "o" / "report.md").exists()


def test_digits_without_an_official_test_split(
    run: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(0)
    strokes = np.pad(random.integers(0, 256, (60, 26, 26), dtype=np.uint8), ((0, 0), (1, 1), (1, 1)))
    np.savez(tmp_path / "digits.npz", x_train=strokes, y_train=np.arange(60) % 10)
    output = tmp_path / "out"
    arguments = [f"--digits={tmp_path / 'digits.npz'}", f"--classifiers={run('one')}", f"--output_dir={output}"]
    assert run_cli("evaluate", ["--suite=digits", *arguments]) == 0
    assert "without the official test split: " in capsys.readouterr().out
    assert json.loads((output / "report.json").read_text())["images"] == {"train": 50, "test": 10}


@pytest.mark.parametrize(
    ("suite", "dataset", "wanted"), [("images", "colored_mnist", "digits"), ("masks", "folder", "images")]
)
def test_a_suite_of_other_data(suite: str, dataset: str, wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    message = error(capsys, 2, f"--suite={suite}", f"--dataset={dataset}", "--digits=tfds")
    assert message.startswith(f"--suite={suite} contradicts --dataset={dataset}: set --suite={wanted}")
