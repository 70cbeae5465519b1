from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.checkpoints import storage
from cgn_tf.checkpoints.manifest import CheckpointError
from cgn_tf.checkpoints.storage import NonFiniteError, available, read

Save = Callable[..., Path]
State = Callable[[int], storage.Groups]
CheckEqual = Callable[[storage.Groups, storage.Groups], None]
Latest = Callable[[Path], tuple[int | None, list[str]]]
FILES = ("manifest.json", "model.safetensors", "training.safetensors")


def test_what_is_read_is_what_was_saved_bit_by_bit(
    run: Path, save: Save, state: State, check_equal: CheckEqual
) -> None:
    path = save(1000)
    assert path == run / "step_00001000"
    assert sorted(file.name for file in path.iterdir()) == sorted(FILES)
    found = read(path)
    check_equal(found.groups, state(1000))
    assert (found.step, found.model, found.config, found.path) == (1000, {"class": "net"}, {"run": {"seed": 1}}, path)


def test_dtypes_strides_and_byte_orders_survive(run: Path, check_equal: CheckEqual) -> None:
    integers = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
    arrays = {name: np.array([[0, 1], [2, 100]]).astype(name) for name in ("float16", "float32", "float64", *integers)}
    arrays |= {"bool": np.array([True, False]), "scalar": np.array(2.5, np.float32)}
    strided = {"transposed": arrays["float32"].T, "every_second": np.arange(6.0)[::2]}
    path = storage.save(run, 0, {"model": arrays | strided}, model={}, config=None, keep=1)
    found = read(path)
    check_equal(found.groups, {"model": arrays | strided})
    assert found.groups["model"]["transposed"].tolist() == [[0, 2], [1, 100]]
    assert found.config is None
    big = storage.save(run, 1, {"model": {"x": np.array([1.5, 2.0], ">f4")}}, model={}, config=None, keep=1)
    assert read(big).groups["model"]["x"].tolist() == [1.5, 2.0]


def test_the_manifest_states_what_is_there(save: Save) -> None:
    path = save(7)
    stated = json.loads((path / "manifest.json").read_text())
    assert stated["format_version"] == 1
    assert stated["step"] == 7
    assert stated["created_by"].startswith("cgn_tf")
    assert {name: record["bytes"] for name, record in stated["files"].items()} == {
        name: (path / name).stat().st_size for name in FILES[1:]
    }


def test_the_last_few_are_kept(run: Path, save: Save, latest: Latest) -> None:
    assert available(run) == []
    for step in (5, 10, 99_999_999, 100_000_000):
        save(step, keep=3)
    assert available(run) == [10, 99_999_999, 100_000_000]
    assert sorted(path.name for path in run.iterdir()) == ["step_00000010", "step_100000000", "step_99999999"]
    assert latest(run) == (100_000_000, [])
    save(100_000_001, keep=1)
    assert available(run) == [100_000_001]


def test_other_things_in_the_directory_are_left_alone(run: Path, save: Save) -> None:
    run.mkdir()
    (run / "step_00000001").write_text("a file")
    (run / "step_1").mkdir()
    (run / "notes").mkdir()
    save(5, keep=1)
    assert available(run) == [5]
    assert {path.name for path in run.iterdir()} == {"step_00000001", "step_1", "notes", "step_00000005"}


@pytest.mark.parametrize(("value", "group"), [(np.nan, "model"), (np.inf, "training"), (-np.inf, "ema")])
def test_what_is_not_finite_is_refused_and_nothing_changes(
    run: Path, save: Save, value: float, group: str, latest: Latest, state: State
) -> None:
    save(1, keep=1)
    groups = state(2)
    groups.setdefault(group, {})["layer/x"] = np.array([[0.0, value], [value, 1.0]], np.float32)
    with pytest.raises(NonFiniteError) as raised:
        storage.save(run, 2, groups, model={}, config=None, keep=1)
    assert str(raised.value).startswith(
        f"step 2: expected finite numbers, got 2 of 4 NaN or infinite in {group}/layer/x;"
    )
    assert [path.name for path in run.iterdir()] == ["step_00000001"]
    assert latest(run) == (1, [])


def test_a_refused_first_save_does_not_even_make_the_directory(run: Path) -> None:
    with pytest.raises(NonFiniteError):
        storage.save(run, 2, {"model": {"x": np.float32([np.nan])}}, model={}, config=None, keep=1)
    assert not run.exists()


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([None]), np.array([1j]), np.array([1], np.longdouble)])
def test_types_that_the_format_lacks_are_refused(run: Path, array: np.ndarray) -> None:
    with pytest.raises(CheckpointError, match=r"model/x: expected one of float16, float32, .*, got"):
        storage.save(run, 2, {"model": {"x": array}}, model={}, config=None, keep=1)


@pytest.mark.parametrize(
    ("step", "keep", "group"), [(-1, 1, "model"), (1, 0, "model"), (1, 1, "../model"), (1, 1, "Model")]
)
def test_arguments_out_of_range_are_refused(run: Path, step: int, keep: int, group: str) -> None:
    with pytest.raises(ValueError, match=r"^expected "):
        storage.save(run, step, {group: {"x": np.zeros(1)}}, model={}, config=None, keep=keep)
    assert not run.exists()


def test_a_configuration_that_is_not_json_leaves_nothing_behind(run: Path, save: Save, state: State) -> None:
    save(1)
    with pytest.raises(ValueError, match="JSON compliant"):
        storage.save(run, 2, state(2), model={"gain": float("nan")}, config=None, keep=1)
    assert [path.name for path in run.iterdir()] == ["step_00000001"]


def test_saving_a_step_again_leaves_it_or_replaces_what_is_damaged(
    run: Path, save: Save, latest: Latest, check_equal: CheckEqual
) -> None:
    path = save(2)
    inode = path.stat().st_ino
    assert save(2) == path
    assert path.stat().st_ino == inode
    (path / "model.safetensors").write_bytes(b"")
    save(2)
    assert path.stat().st_ino != inode
    assert latest(run) == (2, [])
    other = {"model": {"x": np.float32([-0.0])}}
    storage.save(run, 2, other, model={}, config=None, keep=1)
    check_equal(read(path).groups, other)
    storage.save(run, 2, {"model": {"x": np.float32([0.0])}}, model={}, config=None, keep=1)
    assert read(path).groups["model"]["x"].tobytes() == bytes(4)
    assert [path.name for path in run.iterdir()] == ["step_00000002"]


def test_leftovers_of_killed_processes_are_removed(run: Path, save: Save, latest: Latest) -> None:
    save(1)
    for name in (".partial_step_00000002", ".removed_step_00000000"):
        (run / name).mkdir()
        (run / name / "model.safetensors").write_bytes(b"half")
    assert latest(run) == (1, [])
    save(2)
    assert {path.name for path in run.iterdir()} == {"step_00000001", "step_00000002"}


@pytest.mark.parametrize("call", ["fsync", "rename", "mkdir"])
def test_a_disk_that_refuses_leaves_what_was_there(
    run: Path, save: Save, monkeypatch: pytest.MonkeyPatch, call: str, latest: Latest
) -> None:
    save(1, keep=1)

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, refuse)
        with pytest.raises(CheckpointError, match=r"step_00000002: saving failed .*No space left.*check space"):
            save(2, keep=1)
    assert [path.name for path in run.iterdir()] == ["step_00000001"]
    assert latest(run) == (1, [])
    save(2, keep=1)
    assert available(run) == [2]


def test_a_file_in_the_place_of_the_directory(run: Path, save: Save) -> None:
    run.write_text("mine")
    with pytest.raises(CheckpointError, match="saving failed"):
        save(1)
    assert run.read_text() == "mine"
    assert available(run) == []
