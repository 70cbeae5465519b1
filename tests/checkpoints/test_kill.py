"""SIGKILL in the middle of saving: whatever the moment, a sound checkpoint is there afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.programs import Program

pytestmark = pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs os.fork")

# The script imports once and then forks one saver after the other, each to be killed.
COMMON = """
import json, os, random, signal, sys, time
import numpy as np
from pathlib import Path
from cgn_tf.checkpoints import storage

directory = Path(sys.argv[1])

def state(step, side):
    return {group: {f"v{i}": np.random.default_rng((step, i)).standard_normal((side, side), np.float32)
                    for i in range(3)} for group in ("model", "training")}

def save(step, side, keep):
    storage.save(directory, step, state(step, side), model={}, config=None, keep=keep)

def fork(function):
    child = os.fork()
    if child == 0:
        function()
        os._exit(0)
    return child

def latest(side):
    damaged = []
    found = storage.read_latest(directory, damaged.append)
    for step in storage.available(directory):  # those before it are whole, too
        try:
            storage.read(directory / f"step_{step:08d}")
        except storage.CheckpointError as error:
            damaged.append(str(error))
    expected = state(found.step, side)
    same = all(found.groups[group][name].tobytes() == array.tobytes()
               for group, arrays in expected.items() for name, array in arrays.items())
    return found.step, same, len(damaged)
"""

EVERY_CALL = """
def die_before(count):
    # The saver kills itself before its count-th change of the disk.
    done = 0
    def counted(function):
        def call(*arguments, **options):
            nonlocal done
            done += 1
            if done == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)
        return call
    for name in ("mkdir", "fsync", "rename", "unlink", "rmdir", "open"):
        setattr(os, name, counted(getattr(os, name)))
    storage.write_file = counted(storage.write_file)

results = []
step = 1
save(step, 4, keep=1)
for count in range(1, 200):
    def saver():
        die_before(count)
        save(step + 1, 4, keep=1)
    _, status = os.waitpid(fork(saver), 0)
    found, same, damaged = latest(4)
    results.append([found - step, same, damaged, os.WIFSIGNALED(status)])
    step = found
    if not os.WIFSIGNALED(status):
        break
print(json.dumps([results, sorted(os.listdir(directory))]))
"""

ANY_MOMENT = """
def endless(first):
    step = first
    while True:
        save(step, 300, keep=2)
        step += 1

save(1, 300, keep=2)
results = []
moments = random.Random(0)
for _ in range(25):
    before, *_ = latest(300)
    child = fork(lambda: endless(before + 1))
    time.sleep(moments.uniform(0.0, 0.12))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    after, same, damaged = latest(300)
    results.append([after - before, same, damaged, len(storage.available(directory))])
    save(after, 300, keep=2)
print(json.dumps([results, sorted(name for name in os.listdir(directory) if name.startswith("."))]))
"""


def run_script(script: str, folder: Path) -> tuple[list[list[int]], list[str]]:
    (folder / "script.py").write_text(COMMON + script)
    output, _ = Program(folder / "script.py", folder / "run").end()
    results, names = json.loads(output.splitlines()[-1])
    return results, names


def test_killed_before_every_single_change_of_the_disk(tmp_path: Path) -> None:
    results, names = run_script(EVERY_CALL, tmp_path)
    advances = [advance for advance, *_ in results]
    assert set(advances) == {0, 1}  # the old checkpoint or the new one, and both have been seen
    assert all(same and not damaged for _, same, damaged, _ in results)
    assert [killed for *_, killed in results] == [True] * (len(results) - 1) + [False]
    assert len(results) > 12
    assert names == [f"step_{1 + sum(advances):08d}"]  # leftovers are gone after a save that lived


def test_killed_at_any_moment(tmp_path: Path) -> None:
    results, hidden = run_script(ANY_MOMENT, tmp_path)
    assert len(results) == 25
    assert all(same and not damaged for _, same, damaged, _ in results)
    assert sum(advance for advance, *_ in results) > 5  # savers did get somewhere
    assert all(1 <= count <= 3 for *_, count in results)
    assert hidden == []
