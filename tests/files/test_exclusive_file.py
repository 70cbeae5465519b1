from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cgn_tf.files.atomic import partial_name
from cgn_tf.files.exclusive_file import ExclusiveFile


def begun(path: Path) -> ExclusiveFile:
    file = ExclusiveFile.begin(path)
    assert file is not None
    return file


def test_a_file_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with begun(path) as file:
        file.partial.write_bytes(b"content")
        assert not path.exists()
        file.complete()
    assert path.read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [path]
    assert ExclusiveFile.begin(path) is None  # it is there
    with pytest.raises(RuntimeError, match="completed or given up before"):
        file.complete()


def test_nobody_else_makes_it_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with begun(path):
        assert ExclusiveFile.begin(path) is None
        begun(tmp_path / "b").give_up()  # another one can be had
    assert list(tmp_path.iterdir()) == []
    begun(path).give_up()  # and this one again, once it was given up


def test_what_a_killed_process_left_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "a"
    code = (
        "import os, signal, sys, pathlib\nfrom cgn_tf.files.exclusive_file import ExclusiveFile\n"
        "file = ExclusiveFile.begin(pathlib.Path(sys.argv[1]))\nfile.partial.write_bytes(b'half')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    assert partial_name(path).read_bytes() == b"half"
    with begun(path) as file:
        file.partial.write_bytes(b"whole")
        file.complete()
    assert path.read_bytes() == b"whole"
