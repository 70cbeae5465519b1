from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.errors import CommandError
from cgn_tf.experiments.stage_record import StageRecord
from cgn_tf.files.binding import ConfigBinding
from cgn_tf.files.json_file import json_text, read_json, write_json
from cgn_tf.serving.export.run_record import read_run


def test_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": [1, 2.5], "b": None})
    assert path.read_text() == '{\n  "a": [\n    1,\n    2.5\n  ],\n  "b": null\n}\n'
    assert json_text({"a": 1}) == '{\n  "a": 1\n}'


def test_what_json_cannot_hold_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"a": math.nan})
    assert path.read_text() == '{\n  "a": 1\n}\n'
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_read_is_not_taken_for_other_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text('{"a": [1, 2.5]}')
    assert read_json(tmp_path / "a.json") == {"a": [1, 2.5]}
    (tmp_path / "b.json").write_bytes(b"\xff{")
    with pytest.raises(ValueError, match="codec can't decode"):
        read_json(tmp_path / "b.json")

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(CommandError, match=r"a\.json: cannot be read \(Permission denied\)\.$"):
        read_json(tmp_path / "a.json")


OWNERS: dict[str, Callable[[Path], object]] = {
    "stages.json": lambda place: StageRecord(place, {}),
    "config.json": lambda place: ConfigBinding(place / "config.json", "a run", "`workdir`", CommandError).bind({}, ()),
    "metrics.json": lambda place: read_run(CheckpointSource(place / "checkpoints" / "step_00000001", 1, "")),
}


@pytest.mark.parametrize("name", OWNERS)
def test_no_owner_of_a_file_takes_it_for_damaged_or_missing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text("{}")

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(CommandError, match=f"{name}: cannot be read \\(Permission denied\\)\\.$"):
        OWNERS[name](tmp_path)
    assert (tmp_path / name).read_text() == "{}"
