"""Standard streams that are closed, full, of few characters, or without a reader."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (["client", "--help"], ["--help"])
"""Commands that answer without the seconds that TensorFlow takes: the frame is that of all."""


def start(line: list[str], redirect: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a program by a shell, with redirections that `subprocess` does not know: "2>&-"."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh", sys.executable, *line],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("opened", [os.pipe, os.openpty], ids=["pipe", "terminal"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_help_without_a_reader(arguments: list[str], opened: Callable[[], tuple[int, int]]) -> None:
    reading, writing = opened()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cgn_tf", *arguments], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("redirect", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_closed_streams(redirect: str) -> None:
    done = start(["-m", "cgn_tf", "client", "--help"], redirect)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"Asks a TF Serving") == (redirect == "2>&-")
    wrong = start([str(ROOT / "tools" / "client.py"), "--shape=1"], redirect)
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert (wrong.stderr == b"error: unknown flag --shape; did you mean --shapes?\n") == (redirect == ">&-")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    done = start(["-m", "cgn_tf", "--help"], ">/dev/full")
    assert done.returncode == 1
    assert done.stderr == b"error: stdout: cannot be written (No space left on device); output is missing.\n"
    progress = start(["-m", "cgn_tf", "client", "--shape=1"], "2>/dev/full")
    assert (progress.returncode, progress.stdout) == (2, b"")


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_characters_that_the_encoding_has_not(name: str) -> None:
    program = f"import sys\nfrom cgn_tf.cli import streams\nstreams.secure()\nprint('a → \\udcff…', file=sys.{name})"
    ascii_only = start(["-c", program], PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (ascii_only.returncode, getattr(ascii_only, name)) == (0, b"a \\u2192 \\udcff\\u2026\n")
    utf8 = start(["-c", program], PYTHONIOENCODING="utf-8")
    assert (utf8.returncode, getattr(utf8, name)) == (0, "a → \\udcff…\n".encode())


def test_no_file_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    # what libraries write to stderr would be in a checkpoint
    program = (
        "import os, subprocess, sys\nfrom cgn_tf.cli import streams\nstreams.secure()\n"
        "with open(sys.argv[1], 'wb') as file:\n    os.write(2, b'a message')\n    file.write(b'data')\n"
        "    subprocess.run([sys.executable, '-c', 'import os; os.fstat(1); os.fstat(2)'], check=True)\n"
    )
    path = tmp_path / "checkpoint"
    assert start(["-c", program, str(path)], ">&- 2>&- <&-").returncode == 0
    assert path.read_bytes() == b"data"


def test_messages_come_in_order() -> None:
    program = (
        "import os, sys\nfrom cgn_tf.cli import streams\nstreams.secure()\n"
        "print('first', file=sys.stderr)\nos.write(2, b'second\\n')\nprint('third', file=sys.stderr, end='')\n"
    )
    done = start(["-c", program])
    assert (done.returncode, done.stderr) == (0, b"first\nsecond\nthird")


def test_streams_of_the_programs_own_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    from cgn_tf.cli import streams

    before = sys.stdout, sys.stderr
    streams.secure()
    assert (sys.stdout, sys.stderr) == before
    assert streams.output_lost() == ""
