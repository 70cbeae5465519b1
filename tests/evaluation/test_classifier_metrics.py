from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.classifier_metrics import METRICS_FILE, ClassifierMetrics, read_metrics, write_metrics

METRICS = ClassifierMetrics(
    variant="colored_mnist",
    method="cgn",
    seed=3,
    steps=20,
    train_accuracy=99.5,
    validation_accuracy=None,
    test_accuracy=95.0,
    official_test_accuracy=None,
    configuration_hash="ab12",
    training_images=1_000,
    official_test_missing="no such split",
    seconds=1.5,
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_metrics(tmp_path, METRICS)
    assert read_metrics(tmp_path, "colored_mnist") == METRICS
    path = tmp_path / METRICS_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"of_a_later_version": [1]}))
    assert read_metrics(tmp_path, "colored_mnist") == METRICS


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"variant": "wildlife_mnist"},
            "expected a classifier of colored_mnist, got one of wildlife_mnist",
        ),
        ({"label": "texture"}, "expected a classifier of shapes, got one of the label texture"),
        ({"training_images": 0}, "training_images: expected at least 1, got 0"),
        ({"train_accuracy": -1.0}, "train_accuracy: expected percent, 0 to 100, got -1.0"),
        ({"seed": -1}, "seed: expected at least 0, got -1"),
        ({"configuration_hash": ""}, "configuration_hash: expected one line of text, got ''"),
    ],
)
def test_faulty_figures_are_named(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    (tmp_path / METRICS_FILE).write_text(json.dumps(dataclasses.asdict(METRICS) | changed))
    with pytest.raises(CommandError) as raised:
        read_metrics(tmp_path, "colored_mnist")
    assert str(raised.value).startswith(str(tmp_path))
    assert message in str(raised.value)


def test_a_run_that_is_not_finished(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"expected a finished run of a classifier, got none with metrics\.json"):
        read_metrics(tmp_path, "colored_mnist")
