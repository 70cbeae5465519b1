"""Flipped bits, lost ends, missing files, other formats: found, named, and passed over for the checkpoint before."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.checkpoints import manifest
from cgn_tf.checkpoints.manifest import CheckpointError, NewerFormatError
from cgn_tf.checkpoints.storage import available, read, read_latest
from tests.foreign_files import HTML_PAGE, LFS_POINTER

Save = Callable[..., Path]
Latest = Callable[[Path], tuple[int | None, list[str]]]
FILES = ("manifest.json", "model.safetensors", "training.safetensors")


@pytest.mark.parametrize("name", FILES)
def test_flipped_bits_all_over_a_file_are_found(run: Path, save: Save, name: str, latest: Latest) -> None:
    save(1)
    file = save(2) / name
    content = file.read_bytes()
    for bit in range(0, 8 * len(content), 3):  # prime to eight: each bit of a byte has its turn
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        step, messages = latest(run)
        assert step == 1, bit
        assert len(messages) == 1
        assert str(file) in messages[0]
        assert "damaged" in messages[0]
    file.write_bytes(content)
    assert latest(run) == (2, [])


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("length", [0, 1, 8, 50, -100, -1])
def test_a_truncated_file_is_found(run: Path, save: Save, name: str, length: int, latest: Latest) -> None:
    save(1)
    file = save(2) / name
    content = file.read_bytes()
    file.write_bytes(content[:length])
    with pytest.raises(CheckpointError, match="damaged") as raised:
        read(file.parent)
    assert str(file) in str(raised.value)
    if name != "manifest.json":
        assert f"expected {len(content)} bytes, got {len(content[:length])}" in str(raised.value)
    assert latest(run)[0] == 1
    file.write_bytes(content + b"\0")
    with pytest.raises(CheckpointError, match="damaged"):
        read(file.parent)


@pytest.mark.parametrize(
    ("content", "kind"), [(LFS_POINTER, "a Git LFS pointer; run git lfs pull"), (HTML_PAGE, "an HTML page; download")]
)
def test_what_is_not_the_file_itself_is_named(content: bytes, kind: str, save: Save) -> None:
    file = save(1) / "model.safetensors"
    size = file.stat().st_size
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"damaged; expected {size} bytes, got {len(content)}, {kind}"):
        read(file.parent)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(run: Path, save: Save, name: str, latest: Latest) -> None:
    save(1)
    (save(2) / name).unlink()
    step, messages = latest(run)
    assert step == 1
    assert messages == [
        f"{run / 'step_00000002' / name}: missing; the checkpoint is incomplete. "
        "This checkpoint is passed over for the one before it."
    ]


def test_a_directory_in_the_place_of_a_file_is_named(run: Path, save: Save, latest: Latest) -> None:
    save(1)
    file = save(2) / "model.safetensors"
    file.unlink()
    file.mkdir()
    with pytest.raises(
        CheckpointError, match=r"model\.safetensors: expected a file, got something else \(Is a directory\)"
    ):
        read(run / "step_00000002")
    assert latest(run)[0] == 1


def test_several_damaged_ones_are_each_reported(run: Path, save: Save, latest: Latest) -> None:
    for step in (1, 2, 3):
        save(step)
    (run / "step_00000003" / "manifest.json").write_bytes(b"")
    (run / "step_00000002" / "model.safetensors").write_bytes(b"")
    step, messages = latest(run)
    assert step == 1
    assert ["step_00000003" in messages[0], "step_00000002" in messages[1], len(messages)] == [True, True, 2]
    (run / "step_00000001" / "training.safetensors").unlink()
    messages = []
    with pytest.raises(CheckpointError, match="all 3 are damaged"):
        read_latest(run, messages.append)
    assert len(messages) == 3


def test_no_checkpoint_is_none(run: Path, latest: Latest) -> None:
    assert latest(run) == (None, [])
    run.mkdir()
    assert latest(run) == (None, [])


def reseal(path: Path, **changes: Any) -> None:
    """Changes fields of a manifest as a program would that writes them."""
    file = path / "manifest.json"
    body = json.loads(file.read_bytes()) | changes
    del body["sha256"]
    file.write_bytes(manifest.seal(body))


def test_a_newer_format_stops_instead_of_being_skipped(run: Path, save: Save, latest: Latest) -> None:
    save(1)
    reseal(save(2), format_version=2, files="of another kind", created_by="cgn_tf 9.0")
    with pytest.raises(NewerFormatError, match=r"expected format version 1, got 2 \(made by cgn_tf 9.0\); update"):
        latest(run)
    with pytest.raises(NewerFormatError):  # nor is it replaced
        save(2)
    assert (run / "step_00000001").is_dir()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 0}, "expected format version 1, got 0"),
        ({"format_version": "2"}, "expected format version 1, got '2'"),
        ({"step": 3}, "step_00000002: expected the checkpoint of this step, got that of step 3"),
        ({"step": "2"}, "expected the fields of a manifest"),
        ({"model": None}, "expected the fields of a manifest"),
        ({"files": {"model.safetensors": {}}}, "expected the fields of a manifest"),
        (
            {"files": {"../../secret": {"sha256": "", "bytes": 0}}},
            r"expected plain names of .safetensors files, got '../../secret'",
        ),
    ],
)
def test_a_manifest_of_something_else_is_refused(save: Save, changes: dict[str, Any], message: str) -> None:
    path = save(2)
    reseal(path, **changes)
    with pytest.raises(CheckpointError, match=message) as raised:
        read(path)
    assert not isinstance(raised.value, NewerFormatError)


def test_a_file_that_is_no_safetensors_is_refused(save: Save) -> None:
    path = save(2)
    content = b"\xff" * 100
    (path / "model.safetensors").write_bytes(content)
    record = manifest.FileRecord.of(content)
    reseal(path, files={"model.safetensors": record.as_json()})
    with pytest.raises(CheckpointError, match=r"model.safetensors: expected a safetensors file, got another"):
        read(path)


def test_damaged_later_checkpoints_do_not_crowd_out_good_ones(run: Path, save: Save, latest: Latest) -> None:
    for step in (10, 20, 30):
        save(step)
    for step in (20, 30):
        (run / f"step_{step:08d}" / "manifest.json").unlink()
    assert latest(run)[0] == 10
    save(15, keep=1)
    assert available(run) == [15, 20, 30]
    assert latest(run)[0] == 15
    save(20, keep=1)
    save(30, keep=1)
    assert available(run) == [30]
    assert latest(run) == (30, [])
