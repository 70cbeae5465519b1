"""A classifier's run goes on with the counterfactuals that it began with, wherever they lie, and with no others."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.errors import CommandError
from cgn_tf.generation.config import MUTABLE, PER_PROCESS, GenerateConfig
from cgn_tf.generation.counterfactual_images import CounterfactualFiles
from cgn_tf.training.session import TrainingJob
from cgn_tf.training.workdir import WorkDir

SMALL = {
    "num_images": "12", "images_per_mask": "2", "shapes_per_batch": "2", "batches_per_file": "2",
    "mode": "fixed_classes", "classes": "1,2,3",
}  # fmt: skip
# an option of generate that determines images or labels → another value, and what is told of the difference
DETERMINING = {
    "num_images": ("11", "counterfactual_data[0].num_images: 12 -> 11"),
    "seed": ("1", "counterfactual_data[0].seed: 0 -> 1"),
    "truncation": ("0.5", "counterfactual_data[0].truncation: 1.0 -> 0.5"),
    "texture_noise": ("2", "counterfactual_data[0].texture_noise: 1.0 -> 2.0"),
    "images_per_mask": ("3", "counterfactual_data[0].images_per_mask: 2 -> 3"),
    "shapes_per_batch": ("3", "counterfactual_data[0].shapes_per_batch: 2 -> 3"),
    "classes": ("1,2,4", "counterfactual_data[0].classes: ['1', '2', '3'] -> ['1', '2', '4']"),
    "mode": ("random", "counterfactual_data[0].mode: fixed_classes -> random"),
}
# an option that does not → another value
OTHERS = {"outputs": "image,mask", "batches_per_file": "1", "png": "true"}
NAMES = "class_names"
"""Says what classes are meant where these are given by name."""


def digit_files(directories: list[Path]) -> CounterfactualFiles:
    return CounterfactualFiles(directories, image_size=32, num_classes=10)


def generated(model: Path, output: Path, **changed: str) -> Path:
    options = SMALL | changed
    if options["mode"] != "fixed_classes":
        del options["classes"]
    flags = [f"--{name}={value}" for name, value in options.items()]
    assert run_cli("generate", [f"--model={model}", f"--output_dir={output}", *flags]) == 0
    return output


def trained_on(untrained: Path, directory: Path, dataset: str | None) -> Path:
    """The CGN of `untrained`, as the checkpoint of a run on a data set; None: of no run."""
    found = checkpoints.read(untrained / "step_00000012")
    config = None if dataset is None else {"data": {"dataset": dataset}}
    return checkpoints.save(directory, 12, found.groups, model=found.model, config=config, keep=1).parent


@pytest.fixture(scope="module")
def base(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(untrained, tmp_path_factory.mktemp("counterfactuals") / "base")


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Starts a classifier's run in the work directory "run", which it binds, and trains nothing."""

    def bind(job: TrainingJob, *others: Any) -> int:
        with WorkDir(job.workdir) as workdir:
            workdir.bind_config(job.described, job.mutable)
        return 0

    monkeypatch.setattr("cgn_tf.assembly.train_classifier.run", bind)
    nothing = SimpleNamespace(check=lambda strategy: None, has_end=False)
    monkeypatch.setattr("cgn_tf.assembly.train_classifier.build_classifier_training", lambda *given: (None, nothing))

    def start(*counterfactuals: Path, dataset: str = "colored_mnist") -> int:
        flags = ["--digits=sklearn", "--training_data=counterfactual", "--steps=5", "--nodeterministic"]
        places = ",".join(map(str, counterfactuals))
        flags += [f"--counterfactuals={places}", f"--dataset={dataset}", f"--workdir={tmp_path / 'run'}"]
        return run_cli("train_classifier", flags)

    return start


@pytest.fixture(scope="module")
def first_config() -> dict[str, str]:
    """What the first run on `base` wrote, once there was one."""
    return {}


@pytest.fixture
def begun(base: Path, bound: Callable[..., int], first_config: dict[str, str], tmp_path: Path) -> Path:
    """The configuration of a run on `base` in the work directory "run"."""
    path = tmp_path / "run" / "config.json"
    if not first_config:
        assert bound(base) == 0
        first_config["text"] = path.read_text()
    path.parent.mkdir(exist_ok=True)
    path.write_text(first_config["text"])
    return path


def test_every_option_of_generate_is_decided_on() -> None:
    options = {field.name for field in dataclasses.fields(GenerateConfig)}
    assert options == set(DETERMINING) | set(OTHERS) | {NAMES} | (MUTABLE & options) | PER_PROCESS


@pytest.mark.parametrize("option", DETERMINING)
def test_counterfactuals_that_were_drawn_otherwise_are_refused(
    option: str, begun: Path, untrained: Path, bound: Callable[..., int], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    value, message = DETERMINING[option]
    other = generated(untrained, tmp_path / "other", **{option: value})
    capsys.readouterr()
    assert bound(other) == 1
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_the_same_images_go_on_however_they_are_stored(
    base: Path, begun: Path, untrained: Path, bound: Callable[..., int], tmp_path: Path
) -> None:
    model = shutil.copytree(untrained, tmp_path / "model")
    other = generated(model, tmp_path / "other", **OTHERS)
    assert bound(other) == 0
    first, second = (digit_files([place]).read() for place in (base, other))
    np.testing.assert_array_equal(first.images, second.images)
    for one, two in zip(first.labels, second.labels, strict=True):
        np.testing.assert_array_equal(one, two)


def test_classes_by_name_mean_what_the_file_of_names_says(
    untrained: Path, bound: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = tmp_path / "names.txt"
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for number, order in enumerate((words, words[::-1])):
        names.write_text("\n".join(order))
        made = generated(untrained, tmp_path / str(number), classes="one,two,three", class_names=str(names))
        assert bound(made) == number
    assert "counterfactual_data[0].class_names: " in capsys.readouterr().err
    # the data set itself, too, is held to what the file held
    flags = [f"--{name}={value}" for name, value in (SMALL | {"classes": "one,two,three"}).items()]
    flags += [f"--class_names={names}", f"--model={untrained}", f"--output_dir={tmp_path / '0'}"]
    assert run_cli("generate", flags) == 1
    assert f"with other data: --class_names={names} holds other data than" in capsys.readouterr().err


def test_an_older_record_is_held_to_what_it_states_and_completed(
    base: Path, begun: Path, bound: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.loads(begun.read_text())
    stated = ("num_images", "seed", "model_sha256", "truncation", "mode", "classes")
    older = whole | {"counterfactual_data": [{name: whole["counterfactual_data"][0][name] for name in stated}]}
    begun.write_text(json.dumps(older))
    assert bound(base) == 0
    assert json.loads(begun.read_text())["counterfactual_data"] == whole["counterfactual_data"]
    older["counterfactual_data"][0]["seed"] = 4
    begun.write_text(json.dumps(older))
    assert bound(base) == 1
    assert "counterfactual_data[0].seed: 4 -> 0)" in capsys.readouterr().err


def test_a_copy_of_a_set_does_not_count_twice(base: Path, untrained: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(base, tmp_path / "copy")
    with pytest.raises(
        CommandError, match=f"^{re.escape(f'{base} and {copy}')}: expected different images, got the same .seed 0 of"
    ):
        digit_files([base, copy])
    # of fewer images these are the first ones
    fewer = generated(untrained, tmp_path / "fewer", num_images="5")
    assert (digit_files([fewer]).read().images == digit_files([base]).read(5).images).all()
    with pytest.raises(CommandError, match="expected different images"):
        digit_files([fewer, base])
    other = generated(untrained, tmp_path / "other", seed="1")
    assert len(digit_files([base, other])) == 24


@pytest.mark.parametrize(
    ("model", "dataset", "code"),
    [
        ("wildlife_mnist", "colored_mnist", 1),
        ("colored_mnist", "wildlife_mnist", 1),
        ("colored_mnist", "colored_mnist", 0),
        ("latent", "colored_mnist", 0),  # labels alone: of which images is not known
        (None, "wildlife_mnist", 0),
    ],
)
def test_counterfactuals_of_another_variant(
    model: str | None, dataset: str, code: int, untrained: Path, bound: Callable[..., int], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    made = generated(trained_on(untrained, tmp_path / "model", model), tmp_path / "made")
    config, card = json.loads((made / "config.json").read_text()), (made / "README.md").read_text()
    known = model if model not in (None, "latent") else None
    assert config.get("model_dataset") == known
    assert ("| trained on |" in card) == (known is not None)
    assert known is None or f"| trained on | {known} |\n| seed |" in card
    capsys.readouterr()
    assert bound(made, dataset=dataset) == code
    if code:
        assert capsys.readouterr().err == (
            f"error: {made}: expected counterfactuals of a CGN trained on {dataset}, got counterfactuals of a CGN "
            f"trained on {model}; set --dataset={model}, or give another directory.\n"
        )
