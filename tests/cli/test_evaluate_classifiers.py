"""Suites of classifiers as commands: what they write, refuse and go on with."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import keras
import pytest

from cgn_tf.cli.app import run as run_cli
from cgn_tf.evaluation.robustness import file_logits
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from tests.evaluation.robustness.fakes import write_levels, write_stimuli

NAMES = ("bear", "cat", "dog")


@pytest.fixture
def flags(saved: Callable[[keras.Model, Path, int], Path], tmp_path: Path) -> list[str]:
    """Of `suite=shape_bias`, for a small classifier of random weights and nine stimuli."""
    keras.utils.set_random_seed(0)
    model = DigitClassifier(3, 8)
    model.build()
    saved(model, tmp_path / "run", 1)
    places = {name: i for i, name in enumerate(NAMES)}
    write_stimuli(tmp_path / "stimuli", list(itertools.product(NAMES, NAMES)), places)
    (tmp_path / "categories.json").write_text(json.dumps({name: [i] for name, i in places.items()}))
    return [
        "--suite=shape_bias", "--classifier=run", f"--classifier_weights={tmp_path / 'run'}", "--batch_size=4",
        f"--images={tmp_path / 'stimuli'}", f"--categories={tmp_path / 'categories.json'}",
        f"--output_dir={tmp_path / 'report'}",
    ]  # fmt: skip


def test_a_report_is_whole_and_bound(flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("evaluate", flags) == 0
    assert "wrote report.md, report.json, decisions.csv and 2 plots." in capsys.readouterr().out
    written = {path.name for path in (tmp_path / "report").iterdir()}
    assert written == {
        "config.json", "report.md", "report.json", "decisions.csv", "decisions.png", "shape_bias.png",
    }  # fmt: skip
    found = json.loads((tmp_path / "report" / "report.json").read_text())
    reader = found["readers"]["run"]
    assert (found["dropped_equal"], reader["shape"] + reader["texture"] + reader["other"]) == (3, 6)
    assert len((tmp_path / "report" / "decisions.csv").read_text().splitlines()) == 10
    # what was decided can be compared with: with itself it agrees
    own = [f"--decisions={tmp_path / 'report' / 'decisions.csv'}", f"--output_dir={tmp_path / 'again'}"]
    assert run_cli("evaluate", [*flags, *own]) == 0
    (one,) = json.loads((tmp_path / "again" / "report.json").read_text())["error_consistency"]
    assert (one["stimuli"], one["observed"]) == (6, 1.0)
    # the same directory, other images
    write_levels(tmp_path / "stimuli" / "bear" / "bear1-bear1.png", 7)
    assert run_cli("evaluate", flags) == 1
    assert "`images" in (error := capsys.readouterr().err) or "--images" in error
    assert "other data" in error


def test_an_interrupted_run_goes_on(flags: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    checked = file_logits.checked_logits

    def interrupted(logits: object, classifier: object) -> object:
        asked.append(len(asked))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return checked(logits, classifier)  # type: ignore[arg-type]

    monkeypatch.setattr(file_logits, "checked_logits", interrupted)
    assert run_cli("evaluate", flags) != 0
    assert not (tmp_path / "report" / "report.md").exists()
    assert run_cli("evaluate", flags) == 0
    assert len(asked) == 4  # three batches, one of which was interrupted and asked for again
    assert not (tmp_path / "report" / "computed").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["--images="], "--images: expected one for --suite=shape_bias, got none; for example --images=cue_conflict."),
        (["--classifier=none"], "--classifier: expected one for --suite=shape_bias"),
        (["--classifier_size=8"], "--classifier_size: no chosen part reads it"),
        (["--suite=backgrounds", "--categories="], "--images: expected a directory with the folder original"),
        (["--suite=imagenet", "--categories=", "--images="], "--imagenet_sets: expected data sets"),
        (["--classifier=keras:Nothing42"], "--classifier: expected a network of keras.applications"),
    ],
)
def test_one_line_says_what_is_missing(
    flags: list[str], changed: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli("evaluate", [*flags, *changed]) != 0
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
