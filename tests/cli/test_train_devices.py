"""The training command on several devices and in several processes: the same run as on one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cgn_tf import checkpoints

ROOT = Path(__file__).resolve().parents[2]
# SGD, because Adam would hide gradients of a wrong scale. Rounding alone moves weights by 1e-6 and more after three
# steps at rates above 1e-3, or with the small weights of the published start, whose batch norms magnify it: leaky ReLUs
# switch.
FLAGS = [
    "--dataset=wildlife_mnist", "--digits=sklearn", "--textures=procedural", "--discriminator=conv",
    "--discriminator_width=16",
    "--optimizer=sgd", "--shape_lr=1e-3", "--texture_lr=1e-3", "--background_lr=1e-3", "--gain=1", "--batch_size=16",
    "--ema_decay=0.5", "--sample_grid_every=1000",
]  # fmt: skip
# the last of them with frozen norms
THREE = ["--steps=3", "--freeze_batch_norm_after=2"]


def start(workdir: Path, flags: Sequence[str], environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tools" / "train.py"), *FLAGS, *flags, f"--workdir={workdir}"],
        cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def start_workers(workdirs: Sequence[Path], flags: Sequence[Sequence[str]]) -> list[subprocess.Popen[str]]:
    """One process a work directory, on loopback."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in workdirs]
    addresses = [f"127.0.0.1:{listening.getsockname()[1]}" for listening in sockets]
    for listening in sockets:
        listening.close()
    return [
        start(workdir, own, {"TF_CONFIG": json.dumps({
            "cluster": {"worker": addresses}, "task": {"type": "worker", "index": index},
        })})
        for index, (workdir, own) in enumerate(zip(workdirs, flags, strict=True))
    ]  # fmt: skip


def end(process: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    """What it wrote, once it has ended with `code`."""
    output, errors = process.communicate(timeout=240)
    assert process.returncode == code, errors[-3000:]
    return output, errors


def difference(first: Path, second: Path, step: int) -> float:
    """The largest difference of any value in the checkpoints of a step."""
    a, b = (checkpoints.read(path / "checkpoints" / f"step_{step:08d}") for path in (first, second))
    assert a.groups.keys() == b.groups.keys() == {"model", "ema", "training"}
    return max(
        float(np.abs(array.astype(np.float64) - b.groups[group][name]).max())
        for group, arrays in a.groups.items()
        for name, array in arrays.items()
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three steps of one process on one device."""
    workdir = tmp_path_factory.mktemp("devices") / "alone"
    end(start(workdir, [*THREE, "--checkpoint_every=1"]))
    return workdir


def test_the_steps_move_the_weights(alone: Path) -> None:
    assert difference(alone, alone, 3) == 0
    moved = [checkpoints.read(alone / "checkpoints" / f"step_{step:08d}").groups["model"] for step in (1, 3)]
    assert max(np.abs(moved[1][name] - moved[0][name]).max() for name in moved[0]) > 1e-4


def test_two_devices_equal_one(alone: Path, tmp_path: Path) -> None:
    end(start(tmp_path / "two", [*THREE, "--strategy=mirrored", "--logical_cpus=2"]))
    assert difference(alone, tmp_path / "two", 3) < 1e-6


def test_two_devices_draw_the_noise_of_one(tmp_path: Path) -> None:
    flags = ["--steps=1", "--instance_noise=0.1"]
    end(start(tmp_path / "one", flags))
    end(start(tmp_path / "two", [*flags, "--strategy=mirrored", "--logical_cpus=2"]))
    assert difference(tmp_path / "one", tmp_path / "two", 1) < 1e-6


def test_two_processes_equal_one(alone: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    chief, other = start_workers([shared, shared], [THREE] * 2)
    assert "3 steps done" in end(chief)[0]
    assert end(other)[1].count("step 3 of 3") == 0  # the chief alone shows progress
    assert difference(alone, shared, 3) < 1e-6
    assert sorted(path.name for path in (shared / "checkpoints").iterdir()) == ["step_00000003"]


def test_only_the_chief_writes(tmp_path: Path) -> None:
    chief, other = start_workers([tmp_path / "chief", tmp_path / "other"], [["--steps=1"]] * 2)
    end(chief, 1)  # their --workdir differs
    assert "the configuration differs between the processes" in end(other, 1)[1]
    assert not (tmp_path / "other").exists()


def test_a_stop_of_one_process_stops_and_saves_all(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    chief, other = start_workers([shared, shared], [["--steps=100000", "--checkpoint_every=2"]] * 2)
    wait_for_step(shared, 2, chief)
    other.send_signal(signal.SIGTERM)
    assert "stopped by SIGTERM" in end(other, 128 + signal.SIGTERM)[0]
    output, _ = end(chief, 128 + signal.SIGTERM)
    step = int(output.split("stopped by another process after step ")[1].split(",")[0])
    assert checkpoints.available(shared / "checkpoints")[-1] == step


def wait_for_step(workdir: Path, step: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 200
    while not any(found >= step for found in checkpoints.available(workdir / "checkpoints")):
        assert time.monotonic() < deadline, "no checkpoint in time"
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", [0, 1], ids=["chief", "other"])
def test_a_process_that_dies(victim: int, tmp_path: Path) -> None:
    whole, shared = tmp_path / "whole", tmp_path / "shared"
    flags = [["--steps=40", "--checkpoint_every=10", "--keep=20"]] * 2
    for process in start_workers([whole, whole], flags):
        end(process)
    processes = start_workers([shared, shared], flags)
    wait_for_step(shared, 10, processes[0])
    processes[victim].kill()
    died = time.monotonic()
    _, errors = end(processes[1 - victim], 1)
    print(f"the other process ended after {time.monotonic() - died:.1f} s")
    assert time.monotonic() - died < 60
    assert "another process of the run has ended" in errors
    assert checkpoints.available(shared / "checkpoints")[-1] < 40
    processes[victim].communicate()
    for process in start_workers([shared, shared], flags):
        end(process)
    assert difference(whole, shared, 40) == 0
