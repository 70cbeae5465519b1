"""The training command on several devices and in several processes: the same run as on one."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgn_tf import checkpoints
from tests.programs import Program

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


def start(workdir: Path, flags: Sequence[str], **options: Any) -> Program:
    return Program("tools/train.py", *FLAGS, *flags, f"--workdir={workdir}", **options)


def start_workers(workdirs: Sequence[Path], flags: Sequence[Sequence[str]], anew: bool = False) -> list[Program]:
    """One process a work directory, on loopback."""
    return [
        start(workdir, own, anew=anew, environment=environment)
        for workdir, own, environment in zip(workdirs, flags, cluster(len(workdirs)), strict=True)
    ]


def cluster(size: int) -> list[dict[str, str]]:
    """What each process of a cluster on loopback finds in its environment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(size)]
    addresses = [f"127.0.0.1:{listening.getsockname()[1]}" for listening in sockets]
    for listening in sockets:
        listening.close()
    tasks = [{"type": "worker", "index": index} for index in range(size)]
    return [{"TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": task})} for task in tasks]


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
    start(workdir, [*THREE, "--checkpoint_every=1"]).end()
    return workdir


def test_the_steps_move_the_weights(alone: Path) -> None:
    assert difference(alone, alone, 3) == 0
    moved = [checkpoints.read(alone / "checkpoints" / f"step_{step:08d}").groups["model"] for step in (1, 3)]
    assert max(np.abs(moved[1][name] - moved[0][name]).max() for name in moved[0]) > 1e-4


def test_two_devices_equal_one(alone: Path, tmp_path: Path) -> None:
    start(tmp_path / "two", [*THREE, "--strategy=mirrored", "--logical_cpus=2"]).end()
    assert difference(alone, tmp_path / "two", 3) < 1e-6


def test_two_devices_draw_the_noise_of_one(tmp_path: Path) -> None:
    flags = ["--steps=1", "--instance_noise=0.1"]
    start(tmp_path / "one", flags).end()
    start(tmp_path / "two", [*flags, "--strategy=mirrored", "--logical_cpus=2"]).end()
    assert difference(tmp_path / "one", tmp_path / "two", 1) < 1e-6


IN_PYTHON = """
import sys
import tensorflow as tf
import keras
import cgn_tf

workdir, log, kind = sys.argv[1:]
if kind == "mirrored":
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration() for _ in range(2)])
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
else:
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
trainer, data = cgn_tf.experiment(workdir + ".flags", command="train").build(strategy)
saving = cgn_tf.callbacks.Checkpointer(workdir + "/checkpoints")
for steps in (1, 2):
    trainer.fit(data, steps=steps, callbacks=[saving, keras.callbacks.CSVLogger(log, append=True)])
"""


@pytest.mark.parametrize("kind", ["mirrored", "multi_worker"])
def test_two_replicas_equal_one_in_python(kind: str, alone: Path, tmp_path: Path) -> None:
    (tmp_path / "two.flags").write_text("\n".join([*FLAGS, *THREE]) + "\n")
    program = tmp_path / "program.py"
    program.write_text(IN_PYTHON)
    environments = [{}] if kind == "mirrored" else cluster(2)
    logs = [tmp_path / f"log_{number}.csv" for number in range(len(environments))]
    processes = [
        Program(program, tmp_path / "two", log, kind, environment=environment)
        for log, environment in zip(logs, environments, strict=True)
    ]
    for process in processes:
        process.end()
    assert difference(alone, tmp_path / "two", 3) < 1e-6
    assert len({log.read_text() for log in logs}) == 1  # logs are of the global batch
    assert len(logs[0].read_text().splitlines()) == 3


def test_two_processes_equal_one(alone: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    # a callback of a user is called by every process
    called = ["--callbacks=tests.cli.worker_callback:notes"]
    chief, other = start_workers([shared, shared], [[*THREE, *called]] * 2)
    assert "3 steps done" in chief.end()[0]
    assert other.end()[1].count("step 3 of 3") == 0  # the chief alone shows progress
    assert difference(alone, shared, 3) < 1e-6
    assert sorted(path.name for path in (shared / "checkpoints").iterdir()) == ["step_00000003"]
    assert sorted(path.name for path in tmp_path.glob("worker_*")) == ["worker_0_of_step_3", "worker_1_of_step_3"]


def test_only_the_chief_writes(tmp_path: Path) -> None:
    chief, other = start_workers([tmp_path / "chief", tmp_path / "other"], [["--steps=1"]] * 2)
    chief.end(1)  # their --workdir differs
    assert "the configuration differs between the processes" in other.end(1)[1]
    assert not (tmp_path / "other").exists()


def test_a_stop_of_one_process_stops_and_saves_all(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    chief, other = start_workers([shared, shared], [["--steps=100000", "--checkpoint_every=2"]] * 2)
    chief.wait_for_step(shared, 2)
    other.send_signal(signal.SIGTERM)
    assert "stopped by SIGTERM" in other.end(128 + signal.SIGTERM)[0]
    output, _ = chief.end(128 + signal.SIGTERM)
    step = int(output.split("stopped by another process after step ")[1].split(",")[0])
    assert checkpoints.available(shared / "checkpoints")[-1] == step


FORTY = [["--steps=40", "--checkpoint_every=10", "--keep=20"]] * 2


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty steps of two processes that start anew; see `tests.programs`."""
    workdir = tmp_path_factory.mktemp("devices") / "whole"
    for process in start_workers([workdir, workdir], FORTY, anew=True):
        process.end()
    return workdir


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.xdist_group("a_process_that_dies")
@pytest.mark.parametrize("victim", [0, 1], ids=["chief", "other"])
def test_a_process_that_dies(victim: int, whole: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    processes = start_workers([shared, shared], FORTY)
    processes[0].wait_for_step(shared, 10)
    processes[victim].kill()
    died = time.monotonic()
    _, errors = processes[1 - victim].end(1)
    print(f"the other process ended after {time.monotonic() - died:.1f} s")
    assert time.monotonic() - died < 60
    assert "another process of the run has ended" in errors
    assert checkpoints.available(shared / "checkpoints")[-1] < 40
    for process in start_workers([shared, shared], FORTY):
        process.end()
    assert difference(whole, shared, 40) == 0
