"""A checkpoint that cannot be looked at stops whoever asks: no older one is taken for it, and it is not replaced."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.numpy

import cgn_tf
from cgn_tf.checkpoints import storage
from cgn_tf.checkpoints.manifest import CheckpointError, UnreadableError
from cgn_tf.cli.app import run as run_cli
from cgn_tf.errors import CommandError
from cgn_tf.models.constructor import constructor
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.training.callbacks.checkpointer import restore
from cgn_tf.weights.assignment import named_variables

Save = Callable[..., Path]
FILES = ("manifest.json", "model.safetensors", "training.safetensors")
REFUSALS = (errno.EACCES, errno.EIO, errno.ESTALE, errno.EMFILE)


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, int], None]:
    """Lets every attempt to open a file, or to list a directory, fail."""

    def set_up(refused: Path, number: int) -> None:
        opened, listed = io.open, os.scandir

        def check(path: Any) -> None:
            if isinstance(path, (str, Path)) and Path(path) == refused:
                raise OSError(number, os.strerror(number), str(path))

        def open_file(path: Any, *arguments: Any, **options: Any) -> Any:
            check(path)
            return opened(path, *arguments, **options)

        def list_directory(path: Any = ".") -> Any:
            check(path)
            return listed(path)

        monkeypatch.setattr(io, "open", open_file)
        monkeypatch.setattr(os, "scandir", list_directory)

    return set_up


def names(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


@pytest.mark.parametrize("number", REFUSALS, ids=errno.errorcode.__getitem__)
@pytest.mark.parametrize("name", FILES)
def test_no_older_one_is_taken_for_a_file_that_cannot_be_read(
    run: Path, save: Save, refuse: Callable[[Path, int], None], name: str, number: int
) -> None:
    save(1)
    file = save(2) / name
    refuse(file, number)
    passed_over: list[str] = []
    with pytest.raises(UnreadableError) as raised:
        storage.read_latest(run, passed_over.append)
    assert str(raised.value) == (
        f"{file}: cannot be read ({os.strerror(number)}). That does not make it damaged, so nothing else is taken in "
        "its place; mend the cause, and try again."
    )
    assert passed_over == []


@pytest.mark.parametrize("name", FILES)
def test_what_cannot_be_read_is_not_replaced(
    run: Path, save: Save, refuse: Callable[[Path, int], None], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(1)
    path = save(2)
    before, content = names(run), (path / name).read_bytes()
    refuse(path / name, errno.EIO)
    with pytest.raises(UnreadableError, match="cannot be read"):
        save(2, keep=1)
    monkeypatch.undo()
    assert names(run) == before
    assert (path / name).read_bytes() == content


@pytest.mark.parametrize("number", REFUSALS, ids=errno.errorcode.__getitem__)
def test_a_directory_that_cannot_be_listed_is_not_empty(
    run: Path, save: Save, refuse: Callable[[Path, int], None], number: int
) -> None:
    save(1)
    refuse(run, number)
    for ask in (storage.available, lambda directory: storage.read_latest(directory, pytest.fail)):
        with pytest.raises(UnreadableError, match=rf"run: cannot be read \({os.strerror(number)}\)"):
            ask(run)
    with pytest.raises(CheckpointError):
        save(2, keep=1)


@pytest.mark.parametrize("error", [FileNotFoundError("No such file or directory: x"), OSError("No such device")])
def test_a_refusal_after_the_checksum_is_none_of_the_content(
    run: Path, save: Save, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    save(1)
    save(2)

    def load_file(path: Path) -> None:
        raise error  # as safetensors does where there are too many open files

    monkeypatch.setattr(safetensors.numpy, "load_file", load_file)
    with pytest.raises(UnreadableError, match=rf"safetensors: cannot be read \({error}\)"):
        storage.read_latest(run, pytest.fail)


def test_one_that_is_damaged_does_not_hide_one_that_cannot_be_read(
    run: Path, save: Save, refuse: Callable[[Path, int], None]
) -> None:
    for step in (1, 2, 3):
        save(step)
    (run / "step_00000003" / "manifest.json").write_bytes(b"")
    refuse(run / "step_00000002" / "model.safetensors", errno.EACCES)
    passed_over: list[str] = []
    with pytest.raises(UnreadableError, match="step_00000002"):
        storage.read_latest(run, passed_over.append)
    assert len(passed_over) == 1
    assert "step_00000003" in passed_over[0]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work directory of a digit CGN with sound checkpoints of steps 5 and 12; not to be changed."""
    cgn = digit_cgn()
    cgn.build()
    arrays = {name: variable.numpy() for name, variable in named_variables(cgn.variables).items()}
    workdir = tmp_path_factory.mktemp("digits") / "run"
    for step in (5, 12):
        groups = {"model": arrays, "ema": arrays}
        storage.save(workdir / "checkpoints", step, groups, model=constructor(cgn), config=None, keep=2)
    return workdir


def load(digits: Path, output: Path) -> str:
    with pytest.raises(CommandError) as raised:
        cgn_tf.load(digits)
    return f"error: {raised.value}"


def go_on(digits: Path, output: Path) -> str:
    trainer: Any = None  # which is not touched
    with pytest.raises(CommandError) as raised:
        restore(trainer, digits / "checkpoints", pytest.fail)
    return f"error: {raised.value}"


def command(name: str, *flags: str) -> Callable[[Path, Path], str]:
    def ask(digits: Path, output: Path) -> str:
        assert run_cli(name, [f"--model={digits}", f"--output_dir={output}", *flags]) == 1
        assert not output.exists() or not any(output.rglob("*.tfrecord*"))
        assert not list(output.glob("[0-9]*"))
        return ""

    return ask


ASKED = {"load": load, "go on": go_on, "export": command("export"), "generate": command("generate", "--num_images=10")}


@pytest.mark.parametrize("what", ["", "step_00000012/manifest.json", "step_00000012/ema.safetensors"])
@pytest.mark.parametrize("asked", ASKED)
def test_every_command_stops_and_leaves_all_in_its_place(
    digits: Path,
    tmp_path: Path,
    refuse: Callable[[Path, int], None],
    capsys: pytest.CaptureFixture[str],
    asked: str,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = names(digits)
    refused = digits / "checkpoints" / what
    refuse(refused, errno.EACCES)
    told = ASKED[asked](digits, tmp_path / "output") or capsys.readouterr().err
    assert told.startswith(f"error: {refused}: cannot be read (Permission denied). That does not make it damaged")
    assert len(told.splitlines()) == 1
    monkeypatch.undo()
    assert names(digits) == before
