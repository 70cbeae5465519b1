from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cgn_tf.files.lock import Lock


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    order = []
    waiting = threading.Event()

    def second() -> None:
        waiting.set()
        with Lock.wait_for(tmp_path / "lock"):
            order.append("second")

    with Lock.wait_for(tmp_path / "lock"):
        thread = threading.Thread(target=second)
        thread.start()
        waiting.wait()
        thread.join(timeout=0.2)
        assert thread.is_alive()
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]


def test_an_attempt_does_not_wait(tmp_path: Path) -> None:
    for path, directory in ((tmp_path / "lock", False), (tmp_path, True)):
        with Lock.wait_for(path, directory=directory):
            assert Lock.attempt(path, directory=directory) is None
        lock = Lock.attempt(path, directory=directory)
        assert lock is not None
        lock.release()
        lock.release()
        assert not lock.is_current()


def test_a_lock_knows_whether_its_file_was_renamed_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with Lock.wait_for(path) as lock:
        assert lock.is_current()
        path.rename(tmp_path / "other")
        assert not lock.is_current()
        path.touch()
        assert not lock.is_current()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, pathlib\nfrom cgn_tf.files.lock import Lock\n"
        "lock = Lock.wait_for(pathlib.Path(sys.argv[1]))\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "lock"
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    lock = Lock.attempt(path)
    assert lock is not None
    lock.release()


def test_what_cannot_be_locked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Lock.attempt(tmp_path / "absent" / "lock")
    with pytest.raises(FileNotFoundError):
        Lock.wait_for(tmp_path / "absent", directory=True)
    assert list(tmp_path.iterdir()) == []
