from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.assembly.train_config import RESUMABLE, TrainConfig
from cgn_tf.errors import CommandError
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.training.workdir import WorkDir, WorkDirError

CONFIG: dict[str, Any] = {"run": {"seed": 1, "steps": 100}, "loss": {"weights": [0.5, 0.0], "binary": 0.1}}

HOLDER = """
import sys, time
from cgn_tf.training.workdir import WorkDir
with WorkDir(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(120)
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one"


def bind_config(path: Path, config: dict[str, Any], mutable: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    with WorkDir(path) as workdir:
        workdir.bind_config(config, mutable)


@pytest.fixture
def holder(run: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the directory."""
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run)], cwd=root, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    with process:
        assert process.stdout is not None
        try:
            while process.stdout.readline().strip() != "locked":
                assert process.poll() is None, "the other process ended before it had the directory"
            yield process
        finally:
            process.kill()


def test_a_directory_of_another_process_is_refused_until_it_is_killed(run: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(WorkDirError) as raised, WorkDir(run):
        pass
    assert str(raised.value) == (
        f"{run}: is in use by process {holder.pid}; wait for its end, stop it, or choose another `workdir`."
    )
    assert isinstance(raised.value, CommandError)
    holder.kill()
    holder.wait()
    with WorkDir(run) as workdir:
        assert workdir.lock_file.read_text() == f"{os.getpid()}\n"


def test_a_second_one_in_this_process_is_refused_until_the_first_ends(run: Path) -> None:
    with WorkDir(run):
        with pytest.raises(WorkDirError, match=f"in use by process {os.getpid()};"), WorkDir(run):
            pass
        with pytest.raises(WorkDirError), WorkDir(run):  # the refusal above took nothing away
            pass
    with WorkDir(run):
        pass


def test_an_exception_frees_the_directory(run: Path) -> None:
    with pytest.raises(KeyError), WorkDir(run):
        raise KeyError
    with WorkDir(run):
        pass


def test_a_holder_of_unknown_id_is_still_refused(run: Path) -> None:
    with WorkDir(run) as workdir:
        workdir.lock_file.write_text("")
        with pytest.raises(WorkDirError, match="in use by process of unknown id"), WorkDir(run):
            pass


def test_a_new_directory_is_bound(run: Path) -> None:
    bind_config(run, CONFIG)
    assert json.loads((run / "config.json").read_text()) == CONFIG
    assert {path.name for path in run.iterdir()} == {".lock", "config.json"}
    bind_config(run, CONFIG)


def test_an_unchanged_configuration_is_not_rewritten(run: Path) -> None:
    bind_config(run, CONFIG)
    before = (run / "config.json").stat()
    bind_config(run, json.loads(json.dumps(CONFIG)), {"steps"})
    after = (run / "config.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_another_configuration_is_refused_naming_what_differs(run: Path) -> None:
    bind_config(run, CONFIG)
    other = {"run": {"seed": 2, "steps": 200}, "loss": {"weights": [0.5, 1.0], "binary": 0.1}, "new": 3}
    with pytest.raises(WorkDirError) as raised:
        bind_config(run, other, {"steps"})
    message = str(raised.value)
    assert message == (
        f"{run}: is of a run with another configuration (seed: 1 -> 2; weights: [0.5, 0.0] -> [0.5, 1.0]; "
        "new: nothing -> 3); go on with the old values, or choose another `workdir`."
    )
    assert json.loads((run / "config.json").read_text()) == CONFIG


def test_options_that_may_change_are_followed(run: Path) -> None:
    bind_config(run, CONFIG)
    longer = {**CONFIG, "run": {"seed": 1, "steps": 200}}
    with pytest.raises(WorkDirError, match="steps: 100 -> 200"):
        bind_config(run, longer)
    bind_config(run, longer, {"steps"})
    assert json.loads((run / "config.json").read_text()) == longer


def test_a_train_configuration_goes_on(run: Path) -> None:
    def config(steps: int, gain: float) -> dict[str, Any]:
        flags = ["--digits=sklearn", f"--gain={gain}", f"--workdir={run}", f"--steps={steps}"]
        return to_dict(parse(TrainConfig, flags))

    bind_config(run, config(1_000, 0.1), set(RESUMABLE))
    bind_config(run, config(2_000, 0.1), set(RESUMABLE))
    with pytest.raises(WorkDirError, match=r"\(gain: 0\.1 -> 0\.3\)"):
        bind_config(run, config(2_000, 0.3), set(RESUMABLE))


def test_a_directory_of_something_else_is_refused_and_left_alone(run: Path) -> None:
    run.mkdir(parents=True)
    (run / "thesis.tex").write_text("mine")
    with pytest.raises(WorkDirError, match=r"without config\.json that holds thesis\.tex; choose another `workdir`"):
        bind_config(run, CONFIG)
    assert [path.name for path in run.iterdir()] == ["thesis.tex"]


def test_what_a_kill_before_the_binding_leaves_is_ours(run: Path) -> None:
    with WorkDir(run):
        pass
    (run / ".config.json.partial").write_text('{"run"')
    bind_config(run, CONFIG)
    assert {path.name for path in run.iterdir()} == {".lock", "config.json"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"run"', "expected the JSON of a configuration"),
        (b"\xff\xfe\x00", "expected the JSON of a configuration"),
        (b"[1]", "expected a JSON object, got list"),
    ],
)
def test_a_damaged_configuration_is_refused(run: Path, content: bytes, message: str) -> None:
    bind_config(run, CONFIG)
    (run / "config.json").write_bytes(content)
    with pytest.raises(WorkDirError, match=message):
        bind_config(run, CONFIG)
    assert (run / "config.json").read_bytes() == content


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for path in (file, file / "run"):
        with pytest.raises(WorkDirError, match="expected a directory, got a file"), WorkDir(path):
            pass
    assert file.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_write_permission_is_refused(run: Path) -> None:
    run.mkdir(parents=True)
    run.chmod(0o500)
    with pytest.raises(WorkDirError, match="can be written, got: Permission denied"), WorkDir(run):
        pass


def test_a_system_that_refuses_is_reported(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        with pytest.raises(WorkDirError, match="can be written, got: Permission denied"), WorkDir(run):
            pass
    with WorkDir(run) as workdir, monkeypatch.context() as patched:
        patched.setattr(os, "replace", refuse)
        with pytest.raises(WorkDirError, match=r"config\.json: cannot be written \(Permission denied\)"):
            workdir.bind_config(CONFIG, ())


def test_a_binding_needs_the_lock(run: Path) -> None:
    workdir = WorkDir(run)
    with pytest.raises(RuntimeError, match="within its `with` block"):
        workdir.bind_config(CONFIG, ())
    assert not run.exists()


def test_places(tmp_path: Path) -> None:
    workdir = WorkDir(str(tmp_path))
    assert [workdir.checkpoints, workdir.sample_grids, workdir.logs] == [
        tmp_path / name for name in ("checkpoints", "sample_grids", "tensorboard")
    ]
