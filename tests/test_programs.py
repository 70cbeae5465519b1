"""The processes that tests start are as good as those of a shell."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.programs import ROOT, Program

TOLD = """
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["ASKED"], "__main__" if __name__ == "__main__" else __name__)
print("why", file=sys.stderr)
sys.exit(3)
"""
DRAWN = """
import random, sys
import numpy as np
print(hash("a"), random.random(), np.random.random(), "tensorflow" in sys.modules)
"""
ASLEEP = "import time; print('begun', flush=True); time.sleep(100)"


def program(folder: Path, text: str) -> Path:
    file = folder / "program.py"
    file.write_text(text)
    return file


def test_what_it_is_given_and_what_it_leaves(tmp_path: Path) -> None:
    told = Program(program(tmp_path, TOLD), "--steps=3", tmp_path, environment={"ASKED": "yes"})
    assert told.end(3) == (f"{['--steps=3', str(tmp_path)]} {ROOT} yes __main__\n", "why\n")


def test_another_code_than_expected_shows_what_it_wrote(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="why"):
        Program(program(tmp_path, TOLD), environment={"ASKED": "yes"}).end()


def test_forked_ones_share_a_seed_of_hash_and_no_other(tmp_path: Path) -> None:
    file = program(tmp_path, DRAWN)
    one, other = (Program(file).end()[0].split() for _ in range(2))
    assert one[0] == other[0]
    if os.environ.get("PYTHONHASHSEED", "random") == "random":
        assert one[0] != str(hash("a"))
    assert one[1] != other[1]
    assert one[2] != other[2]
    assert one[3] == other[3] == "True"


def test_one_that_is_killed(tmp_path: Path) -> None:
    running = Program(program(tmp_path, ASLEEP))
    while running.output != "begun\n":
        assert running.returncode is None
    running.kill()
    assert running.returncode == -signal.SIGKILL
