"""Names of classes go into the configuration of a run, and are found there without the data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.datasets.class_names_entry import class_names_entry
from cgn_tf.datasets.config import DataConfig
from cgn_tf.options.command_line import parse
from tests.datasets.image_folder import write_folder


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_folder(tmp_path, {"Bär": 1, "cat": 1})
    entry = class_names_entry(parse(DataConfig, ["--dataset=folder", f"--data_dir={tmp_path}"]))
    assert recorded_class_names(json.loads(json.dumps(entry))) == ("Bär", "cat")


def test_data_without_names_write_nothing() -> None:
    assert class_names_entry(DataConfig()) == {}


@pytest.mark.parametrize("config", [None, {}, {"class_names": "cat"}, {"class_names": [1]}])
def test_what_is_not_recorded_is_empty(config: dict[str, Any] | None) -> None:
    assert recorded_class_names(config) == ()
