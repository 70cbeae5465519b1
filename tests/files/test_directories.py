from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cgn_tf.files.directories import PartialDirectory, remove_directory, remove_leftovers


def names(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def test_a_directory_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    with PartialDirectory(tmp_path) as partial:
        (partial.path / "file").write_text("content")
        assert not (tmp_path / "one").exists()
        partial.complete(tmp_path / "one")
    assert names(tmp_path) == ["one"]
    assert (tmp_path / "one" / "file").read_text() == "content"


def test_without_completion_nothing_is_left(tmp_path: Path) -> None:
    with PartialDirectory(tmp_path) as partial:
        (partial.path / "file").write_text("content")
    assert names(tmp_path) == []


def test_a_directory_of_that_name_is_replaced_only_if_asked_for(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "old").touch()
    with PartialDirectory(tmp_path) as partial:
        (partial.path / "new").touch()
        with pytest.raises(OSError, match="not empty"):
            partial.complete(tmp_path / "one")
        assert names(tmp_path / "one") == ["old"]
        partial.complete(tmp_path / "one", replace=True)
    assert names(tmp_path) == ["one"]
    assert names(tmp_path / "one") == ["new"]


def test_content_is_synced_before_the_rename_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to name what is synced")
    events: list[str] = []
    fsync, rename = os.fsync, os.rename

    def synced(descriptor: int) -> None:
        events.append(f"fsync {Path(os.readlink(f'/proc/self/fd/{descriptor}')).name}")
        fsync(descriptor)

    def renamed(source: Path, target: Path) -> None:
        events.append(f"rename {source.name} {target.name}")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed)
    with PartialDirectory(tmp_path) as partial:
        (partial.path / "file").touch()
        partial.complete(tmp_path / "one")
    name = partial.path.name
    assert events == ["fsync file", f"fsync {name}", f"rename {name} one", f"fsync {tmp_path.name}"]


def test_leftovers_are_removed_but_not_what_is_in_the_making(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, pathlib\nfrom cgn_tf.files.directories import PartialDirectory\n"
        "partial = PartialDirectory(pathlib.Path(sys.argv[1]))\n(partial.path / 'half').touch()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    (tmp_path / ".removed_one").mkdir()
    (tmp_path / "other").mkdir()
    assert len(names(tmp_path)) == 3
    with PartialDirectory(tmp_path) as partial:
        remove_leftovers(tmp_path)
        assert names(tmp_path) == [partial.path.name, "other"]


def test_a_directory_is_removed_out_of_sight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").mkdir()
    seen: list[list[str]] = []
    rmdir = os.rmdir

    def noted(path: str, **options: int) -> None:
        seen.append(names(tmp_path))
        rmdir(path, **options)

    monkeypatch.setattr(os, "rmdir", noted)
    remove_directory(tmp_path / "one")
    assert seen == [[".removed_one"]]
    assert names(tmp_path) == []
