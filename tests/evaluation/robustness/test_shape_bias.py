from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.classifiers.config import ClassifierConfig
from cgn_tf.classifiers.contract import Classifier
from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.config import EvaluateConfig, evaluate
from cgn_tf.evaluation.resumable import resumable_report
from cgn_tf.evaluation.robustness.categories import decided, load_categories
from cgn_tf.evaluation.robustness.decision_files import read_decisions
from cgn_tf.evaluation.robustness.published_shape_bias import COUNTED
from cgn_tf.evaluation.robustness.shape_bias import Decisions, ShapeBias, bias_by_class, bias_interval, shape_bias
from cgn_tf.evaluation.robustness.shape_bias_report import ShapeBiasReport
from cgn_tf.evaluation.robustness.shape_bias_suite import ShapeBiasOptions, judge_shape_bias
from cgn_tf.evaluation.robustness.stimuli import Stimulus, find_stimuli
from cgn_tf.options.command_line import parse
from tests.evaluation.robustness.fakes import constant, reads_channel, write_stimuli

NAMES = ("bear", "cat", "dog", "oven")
PLACES = {name: i for i, name in enumerate(NAMES)}


@pytest.fixture
def judged(tmp_path: Path):
    """Judges a classifier on the sixteen stimuli of four categories, the four of one category among them."""
    root = write_stimuli(tmp_path / "stimuli", list(itertools.product(NAMES, NAMES)), PLACES, blue=3)
    table = tmp_path / "categories.json"
    # a fifth category that no stimulus has
    table.write_text(json.dumps({name: [i] for name, i in PLACES.items()} | {"zebra": [4, 5]}))

    def judge(classifier: Classifier, **options: object) -> ShapeBiasReport:
        given = ShapeBiasOptions(images=str(root), categories=str(table), batch_size=5, **options)
        stimuli = find_stimuli(root, load_categories(str(table), classifier))
        with resumable_report(tmp_path / "out" / str(len(list(tmp_path.glob("out/*")))), {}) as computed:
            return judge_shape_bias(classifier, given, stimuli, computed)

    return judge


def test_oracles(judged) -> None:
    for channel, bias in ((0, 1.0), (1, 0.0)):
        report = judged(reads_channel(channel, 6))
        (reader,) = report.readers.values()
        assert report.dropped == 4
        assert reader.counts == ShapeBias(12, *((12, 0) if bias else (0, 12)))
        assert (reader.counts.bias, reader.interval.low, reader.interval.high) == (bias, bias, bias)
        assert {one.bias for one in reader.by_class.values()} == {bias}
        assert reader.counts.accuracy == bias


def test_constant_classifiers(judged) -> None:
    # three stimuli have the shape of a dog alone, and three its texture
    (reader,) = judged(constant(2, 6)).readers.values()
    assert reader.counts == ShapeBias(12, 3, 3)
    assert reader.counts.bias == 0.5
    # none has a zebra's: no decision counts, and the bias is 0 by definition
    report = judged(constant(4, 6))
    (reader,) = report.readers.values()
    assert reader.counts == ShapeBias(12, 0, 0)
    assert (reader.counts.other, reader.counts.bias) == (12, 0.0)
    assert (reader.interval.low, reader.interval.high) == (0.0, 0.0)
    assert "| bear | 3 | – (0/0) |" in report.as_markdown({})
    assert len(list(report.plots())) == 2


def test_heads_and_their_average(judged) -> None:
    report = judged(reads_channel(0, 6, ("shape", "texture", "background")))
    assert list(report.readers) == ["shape", "texture", "background", "average"]
    assert [report.readers[name].counts.bias for name in ("shape", "texture")] == [1.0, 0.0]
    # blue is that of an oven everywhere
    assert report.readers["background"].counts == ShapeBias(12, 3, 3)
    assert set(report.readers["background"].decisions.decided) == {"oven"}


def test_what_is_averaged_over_heads(judged) -> None:
    # softmax first: a bear has (1 + .119 + .119) / 3 = .413; logits first: 20 / 3 against 4 / 3
    rows = [[20.0, 0.0, -9, -9, -9, -9], [0.0, 2.0, -9, -9, -9, -9], [0.0, 2.0, -9, -9, -9, -9]]

    def network(images: Any) -> Any:
        return tf.tile(tf.constant([rows]), [tf.shape(images)[0], 1, 1])

    three = Classifier("three", network, Geometry(8, 8), 6, ("a", "b", "c"))
    for average, expected in (("probabilities", "cat"), ("logits", "bear")):
        report = judged(three, average=average)
        assert set(report.readers["average"].decisions.decided) == {expected}


def test_the_first_name_wins_a_tie_and_sets_are_averaged() -> None:
    shares = np.array([[0.2, 0.2, 0.2, 0.2, 0.2], [0.3, 0.1, 0.25, 0.0, 0.35]])
    assert decided(shares, {"a": [0, 1], "b": [2]}).tolist() == ["a", "b"]  # .2 and .25, though a's sum is .4


@pytest.mark.parametrize(
    ("who", "bias"),
    [
        ("ResNet-50", 0.2207), ("VGG16", 0.0921), ("AlexNet", 0.2531), ("SqueezeNet 1.1", 0.1822),
        ("ResNet-50 on Stylized ImageNet", 0.8061), ("one human", 0.9617),
    ],
)  # fmt: skip
def test_published_counts(who: str, bias: float) -> None:
    counts = next(one.counts for one in COUNTED if one.who == who)
    assert round(counts.bias, 4) == bias


def test_the_interval_of_the_published_resnet() -> None:
    answers = np.array(["cat"] * 162 + ["dog"] * 572 + ["oven"] * 466)
    decisions = Decisions(np.full(1200, "cat"), np.full(1200, "dog"), answers)
    assert shape_bias(decisions) == ShapeBias(1200, 162, 572)
    found = bias_interval(decisions)
    assert found.value == pytest.approx(0.2207, abs=5e-5)
    assert (found.low, found.high) == (pytest.approx(0.193, abs=4e-3), pytest.approx(0.251, abs=4e-3))
    assert list(bias_by_class(decisions, ["cat", "dog"])) == ["cat"]


def test_error_consistency_with_other_observers(judged, tmp_path: Path) -> None:
    # right about the first six of the twelve conflicting stimuli; the fifth row is on a stimulus of one category
    stimuli = [Stimulus("", s, t) for s, t in itertools.product(NAMES, NAMES)]
    lines = ["subj,session,trial,rt,object_response,category,condition,imagename"]
    conflicting = 0
    for number, one in enumerate(stimuli, start=1):
        conflicting += one.shape != one.texture
        response = one.shape if conflicting <= 6 else "na"
        key = f"{one.shape}{number}-{one.texture}{number}"
        lines.append(f"subject-01,1,{number},0.7,{response},{one.shape},0,{number:04d}_cc_{one.shape}_00_{key}.png")
    human = tmp_path / "human.csv"
    human.write_text("\n".join(lines) + "\n")
    report = judged(reads_channel(0, 6, ("shape", "texture")), decisions=(str(human),))
    by_reader = {one.reader: one for one in report.consistency}
    assert by_reader["shape"].stimuli == 12
    assert by_reader["shape"].observer_accuracy == 0.5
    # always right against half right: as often together as by chance
    assert (by_reader["shape"].kappa, by_reader["shape"].observed, by_reader["shape"].expected) == (0.0, 0.5, 0.5)
    assert "| shape | subject-01 | 12 | 50.00 | 0.000 | 0.500 | 0.500 |" in report.as_markdown({})


def test_observers_that_contradict_themselves_or_speak_another_language(judged, tmp_path: Path) -> None:
    def written(name: str, response: str) -> str:
        (tmp_path / name).write_text(f"subj,object_response,imagename\na,{response},bear2-cat2.png\n")
        return str(tmp_path / name)

    files = written("1.csv", "cat"), written("2.csv", "dog")
    with pytest.raises(CommandError, match=r"2\.csv: expected one decision of a on bear2-cat2, got dog, and cat in an"):
        judged(reads_channel(0, 6), decisions=files)
    with pytest.raises(
        CommandError, match=r"3\.csv: expected decisions of a among bear, cat, .*, got Katze and no such"
    ):
        judged(reads_channel(0, 6), decisions=(written("3.csv", "Katze"),))


def test_files_of_decisions_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "human.csv"
    with pytest.raises(CommandError, match="cannot be read"):
        read_decisions(path, {"cat1-dog1"})
    path.write_text("subj,imagename\na,cat1-dog1.png\n")
    with pytest.raises(CommandError, match="got none of object_response"):
        read_decisions(path, {"cat1-dog1"})
    path.write_text("subj,object_response,imagename\na,cat,cat9-dog1.png\n")
    with pytest.raises(CommandError, match="got none on any"):
        read_decisions(path, {"cat1-dog1"})
    path.write_text("subj,object_response,imagename\na,cat,cat1-dog1.png\na,dog,x_cat1-dog1.png\n")
    with pytest.raises(CommandError, match="line 3: expected one decision of a on cat1-dog1, got cat and dog"):
        read_decisions(path, {"cat1-dog1"})


def test_stimuli_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="which is none"):
        find_stimuli(tmp_path / "nowhere", NAMES)
    with pytest.raises(CommandError, match="expected images below"):
        find_stimuli(tmp_path, NAMES)
    write_stimuli(tmp_path, [("cat", "dog")], PLACES)
    write_stimuli(tmp_path / "again", [("cat", "dog")], PLACES)
    with pytest.raises(CommandError, match="expected every stimulus once"):
        find_stimuli(tmp_path, NAMES)
    with pytest.raises(CommandError, match="among bear, got cat; `categories` may name others"):
        find_stimuli(tmp_path, ["bear"])
    (tmp_path / "cat" / "cat1-dog1.png").rename(tmp_path / "cat" / "portrait.png")
    with pytest.raises(CommandError, match=r"portrait\.png: expected a name such as"):
        find_stimuli(tmp_path, NAMES)


def test_tables_of_categories(tmp_path: Path) -> None:
    own = load_categories("", constant(0, 1000))
    assert len(own) == 16
    assert sum(map(len, own.values())) == 207
    assert list(own) == sorted(own)
    with pytest.raises(CommandError, match="`categories`: constant has 10 outputs"):
        load_categories("", constant(0, 10))
    table = tmp_path / "table.json"
    for content, message in (
        ("[1]", "got something else"),
        ("{", "got no JSON"),
        ('{"a": []}', "got something else"),
        ('{"a": [1, 12]}', "expected indices below 10"),
        ('{"a": [1], "b": [1]}', "expected each index once, got 1 for a and b"),
    ):
        table.write_text(content)
        with pytest.raises(CommandError, match=message):
            load_categories(str(table), constant(0, 10))


@pytest.mark.slow
def test_squeezenet_decides_as_the_golden_says(shared: Path, tmp_path: Path) -> None:
    golden = json.loads((shared / "golden" / "cue_conflict_squeezenet.json").read_text())
    weights = shared / "weights" / "squeezenet_v1.0.npz"
    flags = [
        "--suite=shape_bias", "--classifier=squeezenet", f"--classifier_weights={weights}",
        f"--images={shared / 'data' / 'cue_conflict'}", f"--output_dir={tmp_path / 'report'}",
    ]  # fmt: skip
    evaluate(parse(EvaluateConfig, flags))
    with (tmp_path / "report" / "decisions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(golden) == 128
    assert {row["imagename"]: row["object_response"] for row in rows} == {
        Path(name).name: category for name, category in golden.items()
    }
    found = json.loads((tmp_path / "report" / "report.json").read_text())
    reader = found["readers"]["squeezenet"]
    assert (found["stimuli"], reader["shape"], reader["texture"]) == (119, 13, 65)
    assert round(reader["shape_bias"], 4) == 0.1667
    assert ClassifierConfig("squeezenet", str(weights)).load().weights_sha256 == found["classifier"]["weights_sha256"]
