from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.interval import Interval
from cgn_tf.experiments.results import Result, interval_of, read_result, read_results, runs_of, write_result

RESULT = Result(
    variant="colored_mnist",
    method="cgn",
    seed=0,
    test_accuracy=95.0,
    official_test_accuracy=94.0,
    train_accuracy=99.0,
    validation_accuracy=None,
    command="python tools/pipeline.py --seed=0",
    configuration_hash="abc",
    steps=7_810,
    minutes=30.0,
)


def result(**changed: Any) -> Result:
    return dataclasses.replace(RESULT, **changed)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = write_result(tmp_path, RESULT)
    assert path == tmp_path / "colored_mnist" / "cgn" / "0.json"
    assert read_result(path) == RESULT
    write_result(tmp_path, result(test_accuracy=96.0))
    assert read_result(path).test_accuracy == 96.0
    assert [found.name for found in path.parent.iterdir()] == ["0.json"]


def test_all_in_order(tmp_path: Path) -> None:
    expected = [
        result(method="plain", seed=3),
        *(result(seed=seed) for seed in (2, 10)),
        result(variant="wildlife_mnist"),
    ]
    for one in reversed(expected):
        write_result(tmp_path, one)
    assert read_results(tmp_path) == expected
    assert runs_of(expected, "colored_mnist", "cgn") == expected[1:3]


def test_intervals_are_of_those_that_have_the_figure() -> None:
    results = [result(official_test_accuracy=value) for value in (93.0, None, 95.0)]
    interval = interval_of(results, "official_test_accuracy")
    assert interval == Interval(94.0, pytest.approx(12.7062, abs=1e-4), 2)
    assert interval_of(results, "validation_accuracy") is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"variant": "mnist"},
            "variant: expected the name of a data set with images, got 'mnist'",
        ),
        ({"method": "vae"}, "method: expected one of plain, irm, gan, published_weights, cgn, got 'vae'"),
        ({"test_accuracy": 100.1}, "test_accuracy: expected percent, 0 to 100, got 100.1"),
        ({"test_accuracy": None}, "test_accuracy: expected a finite number, got None"),
        ({"train_accuracy": True}, "train_accuracy: expected a finite number or null, got True"),
        ({"minutes": float("nan")}, "minutes: expected a finite number, got nan"),
        ({"seed": 0.0}, "seed: expected a whole number, got 0.0"),
        ({"steps": -1}, "steps: expected at least 0, got -1"),
        ({"command": " "}, "command: expected one line of text, got ' '"),
        ({"extra": 1}, "unknown extra; expected variant, method, seed"),
    ],
)
def test_faulty_files_are_named(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    path = tmp_path / "0.json"
    path.write_text(json.dumps(dataclasses.asdict(RESULT) | changed))
    with pytest.raises(CommandError) as raised:
        read_result(path)
    assert str(raised.value).startswith(f"{path}: {message}")


def test_whole_numbers_are_percentages_too(tmp_path: Path) -> None:
    path = tmp_path / "0.json"
    path.write_text(json.dumps(dataclasses.asdict(RESULT) | {"test_accuracy": 95}))
    assert read_result(path) == RESULT
    assert type(read_result(path).test_accuracy) is float


def test_other_files_and_places(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"expected results/<variant>/<method>/<seed>\.json, got none"):
        read_results(tmp_path / "none")
    path = tmp_path / "colored_mnist" / "cgn" / "0.json"
    path.parent.mkdir(parents=True)
    for content, message in (("[1]", "a JSON object, got list"), ("{", "expected JSON, got something else")):
        path.write_text(content)
        with pytest.raises(CommandError, match=message):
            read_results(tmp_path)
    path.write_text(json.dumps(dataclasses.asdict(RESULT)).replace('"seed": 0, ', ""))
    with pytest.raises(CommandError, match="missing seed; expected variant"):
        read_results(tmp_path)
    write_result(tmp_path, RESULT)
    path.rename(path.with_name("1.json"))
    with pytest.raises(CommandError, match=r"1\.json: expected at .*0\.json, as its content says; move it"):
        read_results(tmp_path)
