"""A loss, a mechanism, a data set and a suite of one's own: the ordinary commands take them, and no code knows them.

The parts are those of docs/extending.md, which is the example to begin with.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import cgn_tf
from cgn_tf.cli.app import run
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.evaluation.suites import SUITES
from cgn_tf.losses.registry import LOSSES
from cgn_tf.models.mechanisms.registry import MECHANISMS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "extending.md"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The file that the page builds up, imported, so that its parts are registered."""
    example = re.compile(r"^<!-- example: my_parts -->\n```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    blocks = example.findall(PAGE.read_text())
    assert len(blocks) == 6
    directory = tmp_path_factory.mktemp("parts")
    (directory / "my_parts.py").write_text("\n\n".join(blocks))
    sys.path.insert(0, str(directory))
    yield importlib.import_module("my_parts")
    sys.path.remove(str(directory))
    del sys.modules["my_parts"]
    LOSSES.unregister("greyness")
    MECHANISMS.unregister("ramp")
    DATASETS.unregister("bars")
    SUITES.unregister("brightness")


pytestmark = pytest.mark.usefixtures("parts")


FLAGS = (
    "--dataset=bars", "--bar_width=3", "--texture_mechanism=ramp", "--ramp_power=2", "--background_mechanism=ramp",
    "--greyness_weight=0.5", "--steps=10", "--batch_size=8", "--log_every=5", "--seed=1",
)  # fmt: skip


def test_ten_steps_by_the_ordinary_command(parts: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workdir = tmp_path / "run"
    assert run("train", [*FLAGS, f"--workdir={workdir}"]) == 0, capsys.readouterr().err
    assert "10 steps done" in capsys.readouterr().out

    config = json.loads((workdir / "config.json").read_text())
    assert config["data"]["dataset_options"] == {"bars": {"bar_width": 3}}
    assert {"loss_greyness/raw", "loss_greyness/weighted"} <= set(tags(workdir))

    cgn = cgn_tf.load(workdir)
    assert isinstance(cgn.texture_mechanism, parts.RampMechanism)
    assert (cgn.num_classes, cgn.image_size, cgn.texture_mechanism.power) == (2, 32, 2.0)
    noise = np.random.default_rng(0).normal(size=(4, cgn.noise_dim)).astype("float32")
    foreground = np.asarray(cgn(noise, np.array([0, 1, 0, 1])).foreground)
    np.testing.assert_array_equal(foreground, np.repeat(foreground[:, :1], 32, axis=1))
    assert np.ptp(foreground, axis=2).min() > 0

    assert run("evaluate", ["--suite=brightness", f"--model={workdir}"]) == 0, capsys.readouterr().err
    assert re.search(r"brightness: -?0\.\d{3}\n", capsys.readouterr().out)

    assert run("train", [*FLAGS, "--steps=12", f"--workdir={workdir}"]) == 0, capsys.readouterr().err
    assert "12 steps done" in capsys.readouterr().out


def test_the_loss_trains(tmp_path: Path) -> None:
    for weight in (0, 20):
        assert run("train", [*FLAGS, f"--greyness_weight={weight}", f"--workdir={tmp_path / str(weight)}"]) == 0
    without, with_loss = (cgn_tf.load(tmp_path / str(weight)) for weight in (0, 20))
    noise = np.random.default_rng(0).normal(size=(16, without.noise_dim)).astype("float32")
    labels = np.arange(16) % 2
    grey = [float(np.asarray(cgn(noise, labels).image).var(axis=-1).mean()) for cgn in (without, with_loss)]
    assert grey[1] < grey[0]


def test_help_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", ["--help", "--all"]) == 0
    text = capsys.readouterr().out
    for words in ("--greyness_weight", "--ramp_power", "--bar_width", "ramp", "bars"):
        assert words in text


def test_an_option_of_a_part_that_is_not_chosen_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", ["--dataset=bars", "--ramp_power=2", "--dry_run"]) == 2
    assert "--ramp_power" in capsys.readouterr().err


def tags(workdir: Path) -> list[str]:
    """The names of the scalars in the event files of a run."""
    found = set()
    for file in (workdir / "tensorboard").rglob("events.*"):
        for record in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            found |= {value.tag for value in event.summary.value}
    return sorted(found)
