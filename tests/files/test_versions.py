from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.files import versions


def hello(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "file").write_text("hello")


def names(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def test_versions_count_up_and_are_whole(tmp_path: Path) -> None:
    base = tmp_path / "serving" / "cgn"
    assert versions.versions(base) == []
    for number in (1, 2, 3):
        assert versions.publish(base, hello) == base / str(number)
    assert names(base) == ["1", "2", "3"]
    assert (base / "2" / "deep" / "file").read_text() == "hello"


def test_the_next_version_is_above_all_others_whatever_they_are(tmp_path: Path) -> None:
    # a gap is not filled: servers take the highest number
    for folder in ("2", "0009", "10x", "v11"):
        (tmp_path / folder).mkdir()
    assert versions.publish(tmp_path, hello).name == "10"
    (tmp_path / "11").write_text("a file")
    assert versions.publish(tmp_path, hello).name == "12"


@pytest.mark.parametrize(
    ("name", "following"),
    [
        ("0003", 4),
        ("+7", 8),
        (" 5\n", 6),
        ("0" * 30 + "12", 13),
        (str(2**63 - 2), 2**63 - 1),
        # what a server passes over
        (str(2**63), 1),
        ("99999999999999999999", 1),
        ("9" * 200, 1),
        ("-4", 1),
        ("٣", 1),
        ("1_0", 1),
        ("1e3", 1),
        ("0x10", 1),
        ("3.5", 1),
        ("+ 3", 1),
    ],
)
def test_a_name_is_a_number_where_a_server_reads_one(tmp_path: Path, name: str, following: int) -> None:
    (tmp_path / name).mkdir()
    assert versions.publish(tmp_path, hello) == tmp_path / str(following)
    assert names(tmp_path) == sorted([name, str(following)])


@pytest.mark.parametrize("zeros", ["", "00"])
def test_no_number_is_left(tmp_path: Path, zeros: str) -> None:
    (tmp_path / f"{zeros}{2**63 - 1}").mkdir()
    with pytest.raises(CommandError, match=rf"^{tmp_path}: expected a number .* got version {2**63 - 1}, the highest"):
        versions.publish(tmp_path, pytest.fail)
    assert names(tmp_path) == [f"{zeros}{2**63 - 1}"]


def test_others_may_read_a_version(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        assert versions.publish(tmp_path, hello).stat().st_mode & 0o777 == 0o755
    finally:
        os.umask(mask)


def test_a_failing_write_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        hello(folder)
        assert versions.versions(tmp_path) == []
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        versions.publish(tmp_path, fail)
    assert names(tmp_path) == []


def test_another_exporter_meanwhile_gets_its_own_number(tmp_path: Path) -> None:
    def slow(folder: Path) -> None:
        hello(folder)
        assert versions.publish(tmp_path, hello).name == "1"  # and leaves the unfinished one alone
        assert (folder / "deep" / "file").exists()

    assert versions.publish(tmp_path, slow).name == "2"
    assert names(tmp_path) == ["1", "2"]


def test_another_exporter_takes_the_number_at_the_last_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, asked = os.rename, []

    def late(source: Path, target: Path) -> None:
        asked.append(target.name)
        if len(asked) == 1:
            target.mkdir()
            hello(target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", late)
    assert versions.publish(tmp_path, hello).name == "2"
    assert asked == ["1", "2"]


def test_a_disk_that_refuses_is_no_endless_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(PermissionError):
        versions.publish(tmp_path, hello)
    assert names(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from cgn_tf.errors import CommandError
from cgn_tf.files import versions

def die(folder):
    (folder / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

versions.publish(Path(sys.argv[1]), die)
"""


def test_a_killed_exporter_leaves_no_version_and_the_next_one_removes_the_rest(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False).returncode == -9
    (left,) = names(tmp_path)
    assert (tmp_path / left / "half").exists()
    assert not left.isdigit()
    assert versions.versions(tmp_path) == []
    assert versions.publish(tmp_path, hello).name == "1"
    assert names(tmp_path) == ["1"]
