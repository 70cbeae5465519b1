"""The suite generator by its command, with a feature network of six features."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.evaluation.judged_generator import JudgedGenerator
from cgn_tf.evaluation.scoring_network import ScoringNetwork
from cgn_tf.models.digit_cgn import digit_cgn
from tests.evaluation.tiny_network import tiny_network

SAMPLES = 24


@pytest.fixture(autouse=True)
def tiny(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "weights").write_bytes(b"any")
    with tiny_network():
        yield


@pytest.fixture(scope="module")
def own_images(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the generator itself draws, as files: images, and the backgrounds beside them."""
    directory = tmp_path_factory.mktemp("own")
    drawn = JudgedGenerator(checkpoints.load(untrained), seed=0).draw(0, SAMPLES)
    for part in ("image", "background"):
        (directory / part).mkdir()
        for number, image in enumerate(getattr(drawn, part)):
            Image.fromarray(image).save(directory / part / f"{number:03d}.png")
    return directory


class Evaluation:
    """The command in a directory of its own."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.place, self.capsys = place, capsys

    def __call__(self, model: Path, *flags: str, output: str = "report") -> int:
        given = [f"--model={model}", "--features=tiny", f"--feature_weights={self.place / 'weights'}"]
        sizes = [f"--samples={SAMPLES}", "--label_changes=4", "--batch_size=10"]
        return run_cli("evaluate", ["--suite=generator", *given, *sizes, f"--output_dir={self.place / output}", *flags])

    def report(self, output: str = "report") -> dict[str, Any]:
        return json.loads((self.place / output / "report.json").read_text())

    def error(self) -> str:
        return self.capsys.readouterr().err.splitlines()[-1]


@pytest.fixture
def evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Evaluation:
    return Evaluation(tmp_path, capsys)


def test_a_generator_against_its_own_images(evaluate: Evaluation, untrained: Path, own_images: Path) -> None:
    flags = [f"--real={own_images / 'image'}", f"--real_backgrounds={own_images / 'background'}"]
    assert evaluate(untrained, *flags) == 0, evaluate.error()
    report = evaluate.report()
    for part in ("image", "background"):
        scores = report["sets"][part]
        # images rounded in batches of 10 and of 24 differ by a level here and there
        assert scores["FID(tiny)"] < 1e-4
        assert (scores["recall"], scores["coverage"]) == (1.0, 1.0)
        assert scores["kid_subset_size"] == SAMPLES
    assert report["sets"]["foreground"] is None
    assert 1.0 <= report["IS(tiny)"]["mean"] <= 3.0
    changes = {change["label"]: change for change in report["label_changes"]}
    assert list(changes) == ["shape", "texture", "background"]
    assert changes["texture"]["inside"] > changes["background"]["inside"]
    assert 0.0 < report["mask_mean"] < 1.0
    assert report["masks"][0]["mean"] == pytest.approx(report["mask_mean"], abs=0.05)
    text = (evaluate.place / "report" / "report.md").read_text()
    assert "The texture (foreground) is scored against nothing: `real_textures` names no real images." in text
    assert "FID(tiny)" in text
    assert " FID " not in text
    assert {"images.png", "masks.png", "neighbours.png"} <= {
        path.name for path in (evaluate.place / "report").iterdir()
    }
    assert not (evaluate.place / "report" / "computed").exists()


def test_an_interrupted_run_goes_on(
    evaluate: Evaluation, untrained: Path, own_images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = f"--real={own_images / 'image'}"
    draw, starts = JudgedGenerator.draw, []

    def counting(self: JudgedGenerator, start: int, stop: int, *labels: Any) -> Any:
        if not labels:
            starts.append(start)
        if starts == [0, 10]:
            starts.append(-1)
            raise KeyboardInterrupt
        return draw(self, start, stop, *labels)

    monkeypatch.setattr(JudgedGenerator, "draw", counting)
    assert evaluate(untrained, real) != 0
    assert evaluate(untrained, real, "--seed=1") == 1
    assert "is of a report with another configuration (seed: 0 -> 1)" in evaluate.error()
    assert evaluate(untrained, real) == 0, evaluate.error()
    # the first batch was kept; the last draw is for the picture
    assert starts == [0, 10, -1, 10, 20, 0]
    assert evaluate.report()["sets"]["image"]["FID(tiny)"] < 1e-4


def test_statistics_are_computed_once(
    evaluate: Evaluation, untrained: Path, own_images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, statistics = f"--real={own_images / 'image'}", f"--statistics={evaluate.place / 'real.npz'}"
    assert evaluate(untrained, real, statistics, "--label_changes=0", output="first") == 0, evaluate.error()
    seen: list[int] = []
    extract = ScoringNetwork.prepare

    def counting(self: ScoringNetwork, images: np.ndarray) -> np.ndarray:
        seen.append(len(images) if images.ndim == 4 else 1)
        return extract(self, images)

    monkeypatch.setattr(ScoringNetwork, "prepare", counting)
    # without real images: the file has what is known of them
    assert evaluate(untrained, statistics, "--label_changes=0", output="second") == 0, evaluate.error()
    assert sum(seen) == SAMPLES
    assert evaluate.report("first")["sets"] == evaluate.report("second")["sets"]
    assert evaluate(untrained, f"--real={own_images / 'background'}", statistics, output="third") == 1
    assert "expected statistics of images with the sha256" in evaluate.error()


def test_few_samples(evaluate: Evaluation, untrained: Path, own_images: Path) -> None:
    real = f"--real={own_images / 'image'}"
    assert evaluate(untrained, real, "--real_images=5", "--samples=10") == 1
    assert evaluate.error().startswith("error: --real: expected at least 6 images, as many as tiny has features, got 5")
    few = ["--real_images=5", "--samples=10", "--allow_few_samples", "--label_changes=0"]
    assert evaluate(untrained, real, *few, output="few") == 0, evaluate.error()
    assert evaluate.report("few")["sets"]["image"]["few_samples"] is True
    assert "has fewer images than features" in (evaluate.place / "few" / "report.md").read_text()


def test_whole_images_against_a_data_set(
    evaluate: Evaluation, saved: Callable[[keras.Model, Path, int], Path], own_images: Path
) -> None:
    keras.utils.set_random_seed(0)
    gan = digit_cgn(masker="full")
    gan.build()
    model = saved(gan, evaluate.place / "gan", 1).parent
    data = ["--real=dataset", "--digits=sklearn", "--real_images=20"]
    assert evaluate(model, *data, "--real_split=train") == 0, evaluate.error()
    report = evaluate.report()
    assert report["draws"] == "whole images"
    assert list(report["sets"]) == ["image"]
    assert report["mask_mean"] is None
    assert report["masks"] == []
    assert [(change["label"], change["inside"]) for change in report["label_changes"]] == [("class", None)]
    assert report["sets"]["image"]["reference"] == "20 images of the train split of colored_mnist"
    assert evaluate(model, *data, f"--real_backgrounds={own_images / 'background'}", output="parts") == 1
    assert "draws whole images, without factors to compare" in evaluate.error()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--real: expected a directory of images or the word dataset, got none"),
        (["--real=dataset", "--dataset=latent"], "--real_split=test: latent has train."),
        (["--real=photos", "--dataset=wildlife_mnist"], "--dataset: nothing reads it"),
        (["--real=photos", "--factor_crops=3"], "--factor_crops: nothing to crop"),
        (["--real=photos", "--factor_size=3"], "--factor_size: nothing reads it without"),
        (["--real=nowhere"], "--real: expected a directory of images, got nowhere"),
    ],
)
def test_options_that_contradict(evaluate: Evaluation, untrained: Path, flags: list[str], message: str) -> None:
    assert evaluate(untrained, *flags) != 0
    assert message in evaluate.capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_cgn_of_photographs(evaluate: Evaluation, small_imagenet_cgn: Path, own_images: Path) -> None:
    few = ["--samples=10", "--batch_size=5", "--label_changes=2", "--truncation=0.5"]
    assert evaluate(small_imagenet_cgn, f"--real={own_images / 'image'}", *few) == 0, evaluate.error()
    report = evaluate.report()
    assert report["sets"]["image"]["FID(tiny)"] > 0.0
    assert len(report["masks"][0]["mean_by_class"]) == 10
    assert report["truncation"] == 0.5
