"""The training command as a process: what it prints and leaves, and that nothing that stops it changes its result."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import cgn_tf
from cgn_tf import checkpoints
from cgn_tf.checkpoints.storage import Checkpoint
from tests.programs import ROOT, Program

# An epoch of the bundled digits has 19 steps of 64: checkpoints, kills and ends fall within epochs.
SMALL = [
    "--digits=sklearn", "--batch_size=64", "--discriminator_width=32", "--steps=26", "--checkpoint_every=4",
    "--sample_grid_every=13", "--log_every=5", "--keep=20", "--freeze_batch_norm_after=15",
]  # fmt: skip


def start(workdir: Path, *arguments: str) -> Program:
    return Program("tools/train.py", *SMALL, f"--workdir={workdir}", *arguments)


def train(workdir: Path, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What the command writes to stdout and stderr."""
    return start(workdir, *arguments).end(code)


def checkpoint(workdir: Path, step: int) -> Checkpoint:
    return checkpoints.read(workdir / "checkpoints" / f"step_{step:08d}")


def assert_bitwise_equal(first: Checkpoint, second: Checkpoint) -> None:
    assert first.groups.keys() == second.groups.keys()
    for group, arrays in first.groups.items():
        assert arrays.keys() == second.groups[group].keys()
        for name, array in arrays.items():
            assert array.tobytes() == second.groups[group][name].tobytes(), name


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work directory of an uninterrupted run, with the linear discriminator and its dropout."""
    workdir = tmp_path_factory.mktemp("train") / "run"
    command = [sys.executable, str(ROOT / "tools" / "train.py"), *SMALL, "--print_config", f"--workdir={workdir}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    (workdir / "output.txt").write_text(done.stdout)
    (workdir / "errors.txt").write_text(done.stderr)
    return workdir


def test_what_a_run_leaves(finished: Path) -> None:
    printed = (finished / "output.txt").read_text()
    config = json.loads((finished / "config.json").read_text())
    assert json.JSONDecoder().raw_decode(printed)[0] == config
    assert config["run"]["steps"] == 26
    assert "26 steps done" in printed
    progress = (finished / "errors.txt").read_text()
    assert progress.startswith("colored_mnist: 26 steps of 64 images, seed 0, on one ")
    assert f"{finished}: a new run; options in config.json there" in progress
    assert "step 26 of 26" in progress
    assert "steps/s" in progress
    assert "loss/discriminator" in progress
    assert checkpoints.available(finished / "checkpoints") == [4, 8, 12, 16, 20, 24, 26]
    sample_grids = sorted(path.name for path in (finished / "sample_grids").iterdir())
    assert {name.rsplit("_step_")[1] for name in sample_grids} == {"00000013.png", "00000026.png"}
    for name in sample_grids:
        assert np.asarray(Image.open(finished / "sample_grids" / name)).std() > 0


def test_what_tensorboard_shows(finished: Path) -> None:
    scalars: dict[str, list[int]] = {}
    images = set()
    for file in (finished / "tensorboard").rglob("events.out.tfevents.*"):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "images":
                    images.add(value.tag)
                elif value.metadata.plugin_data.plugin_name == "scalars":
                    scalars.setdefault(value.tag, []).append(event.step)
    names = ("adversarial", "binary_entropy")
    assert set(scalars) == {
        "speed/images_per_second", "loss/total", "loss/discriminator", "mask/mean", "mask/near_0", "mask/near_1",
        *(f"loss_{name}/{kind}" for kind in ("raw", "weighted") for name in names),
        *(f"settings/learning_rate/{name}" for name in ("shape", "texture", "background", "discriminator")),
    }  # fmt: skip
    assert scalars["loss/total"] == [5, 10, 15, 20, 25, 26]
    assert images


def test_the_api_loads_a_run(finished: Path) -> None:
    cgn = cgn_tf.load(finished)
    labels = cgn_tf.Triplet(shape=[3, 1], texture=[7, 1], background=[1, 1])
    composite = cgn(np.zeros((2, 32), np.float32), labels)
    assert isinstance(composite, cgn_tf.Composite)
    assert composite.image.shape == (2, 32, 32, 3)
    assert set(cgn_tf.__all__) <= set(dir(cgn_tf))


def test_the_same_command_again_has_nothing_to_do(finished: Path) -> None:
    output, _ = train(finished)
    assert "all 26 steps are done" in output
    assert "{" not in output  # the configuration, which is printed where that is asked for


def test_the_directory_alone_is_the_same_command(finished: Path) -> None:
    train(finished)  # which asks for no printed configuration
    before = json.loads((finished / "config.json").read_text())
    output, _ = Program("tools/train.py", f"--workdir={finished}").end()
    assert "all 26 steps are done" in output
    assert json.loads((finished / "config.json").read_text()) == before
    _, errors = Program("tools/train.py", f"--workdir={finished}", "--batch_size=32").end(1)
    assert "(batch_size: 64 -> 32)" in errors


def test_sigkill_at_any_moment_changes_nothing(finished: Path, tmp_path: Path) -> None:
    workdir = tmp_path / "killed"
    for step, moments in ((4, 0.0), (12, 0.08), (20, 0.03)):
        process = start(workdir)
        process.wait_for_step(workdir, step)
        time.sleep(moments)  # into a step, or into the writing of the next checkpoint
        process.kill()
    assert "step 0 of 26" not in train(workdir)[1]
    for step in (24, 26):
        assert_bitwise_equal(checkpoint(finished, step), checkpoint(workdir, step))


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def test_damaged_checkpoints_are_reported_and_passed_over(finished: Path, tmp_path: Path) -> None:
    workdir = tmp_path / "damaged"
    subprocess.run(["cp", "-r", str(finished), str(workdir)], check=True)  # noqa: S607
    damage: dict[int, tuple[str, Callable[[Path], None]]] = {
        26: ("training.safetensors", flip_a_bit),
        24: ("model.safetensors", truncate),
        20: ("manifest.json", flip_a_bit),
    }
    for step, (name, spoil) in damage.items():
        spoil(workdir / "checkpoints" / f"step_{step:08d}" / name)
    _, errors = train(workdir)
    for step in damage:
        assert f"step_{step:08d}" in errors
    assert "step 16 of 26: start" in errors
    for step in damage:
        assert_bitwise_equal(checkpoint(finished, step), checkpoint(workdir, step))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_stop_saves_and_says_how_to_go_on(finished: Path, tmp_path: Path, number: signal.Signals) -> None:
    workdir = tmp_path / "stopped"
    process = start(workdir, "--checkpoint_every=13", "--sample_grid_every=26")
    while "start" not in process.errors:
        assert process.returncode is None
        time.sleep(0.005)
    time.sleep(0.5)
    process.send_signal(number)
    output, _ = process.end(128 + number)
    assert f"stopped by {number.name} after step" in output
    assert "the same command goes on" in output
    (saved,) = checkpoints.available(workdir / "checkpoints")[-1:]
    assert f"after step {saved}," in output
    train(workdir)
    assert_bitwise_equal(checkpoint(finished, 26), checkpoint(workdir, 26))


def test_a_directory_of_another_configuration_is_refused(finished: Path) -> None:
    _, errors = train(finished, "--texture_lr=0.5", "--seed=3", code=1)
    assert "Traceback" not in errors
    (line,) = [line for line in errors.splitlines() if "another configuration" in line]
    assert "texture_lr" in line
    assert "seed" in line


def test_a_directory_in_use_is_refused(tmp_path: Path) -> None:
    workdir = tmp_path / "busy"
    process = start(workdir, "--steps=100000")
    try:
        process.wait_for_step(workdir, 4)
        _, errors = train(workdir, "--steps=100000", code=1)
    finally:
        process.kill()
    assert f"is in use by process {process.pid}" in errors
    assert "Traceback" not in errors


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    workdir = tmp_path / "nan"
    _, errors = train(workdir, "--optimizer=sgd", "--discriminator_lr=1e30", "--checkpoint_every=1", code=1)
    assert "Traceback" not in errors
    assert "discriminator" in errors
    for step in checkpoints.available(workdir / "checkpoints"):
        groups = checkpoint(workdir, step).groups
        assert all(np.isfinite(array).all() for arrays in groups.values() for array in arrays.values())


def test_dry_run(tmp_path: Path) -> None:
    output, _ = train(tmp_path / "dry", "--dry_run", "--ema_decay=0.5")
    assert "nothing was written" in output
    assert json.JSONDecoder().raw_decode(output)[0]["optimizer"]["ema_decay"] == 0.5
    assert not (tmp_path / "dry").exists()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--texture_rl=0.1", "texture_rl"),
        ("--steps=0", "steps"),
        ("--discriminator=none", "--discriminator_width: no chosen part reads it"),
        ("--digits=nowhere.npz", "no file nowhere.npz"),
        ("--lr_decay_steps=27", "--lr_decay_steps: expected at most --steps"),
    ],
)
def test_a_wrong_command_line(tmp_path: Path, argument: str, message: str) -> None:
    output, errors = train(tmp_path / "wrong", argument, code=2)
    assert output == ""
    assert message in errors.splitlines()[-1]
    assert "Traceback" not in errors
    assert not (tmp_path / "wrong").exists()
