"""A loss, a mechanism and a data set of one's own train by the ordinary command, and nothing in the package knows them.

This file is also the example to begin with: each part is a model or function, a dataclass of its options and a
declaration, and `register` makes it one of those that flags can choose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import cgn_tf
from cgn_tf.cli.app import run
from cgn_tf.datasets.contract import DatasetPart, LabelledBatch, SplitRequest
from cgn_tf.datasets.epoch_shuffle import epoch_shuffle
from cgn_tf.datasets.in_order import in_order
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.losses.contract import LossPart
from cgn_tf.losses.inputs import LossInputs
from cgn_tf.losses.registry import LOSSES
from cgn_tf.models.contract import MechanismPart, MechanismRequest
from cgn_tf.models.mechanisms.embedded_mechanism import EmbeddedMechanism
from cgn_tf.models.mechanisms.registry import MECHANISMS
from cgn_tf.options.declaration import check_options, option
from cgn_tf.types import Triplet

# A loss: pictures are to be grey.


def greyness(inputs: LossInputs) -> Any:
    """Variance of the channels of a pixel, as the mean over an image, [B]."""
    return ops.mean(ops.var(inputs.composite.image, axis=-1), axis=(1, 2))


@dataclass(frozen=True)
class GreynessOptions:
    """Loss greyness: images without colour."""

    greyness_weight: float = option(0.0, "Weight of the variance of the channels.", minimum=0.0)

    def __post_init__(self) -> None:
        check_options(self)


GREYNESS = LossPart(
    name="greyness",
    summary="How far images are from grey.",
    options=GreynessOptions,
    weight=lambda options: options.greyness_weight,
    make=lambda options: greyness,
)

# A mechanism: ramps between two colours.


@keras.saving.register_keras_serializable("tests")
class RampMechanism(EmbeddedMechanism):
    """Noise [B, d] and embedded labels [B, e] → [B, S, S, 3]: from one colour on the left to another on the right."""

    def __init__(self, image_size: int = 32, power: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.image_size = image_size
        self.power = power
        self.ends = keras.layers.Dense(6, activation="tanh", name="ends")

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        self.ends.build((None, noise_shape[-1] + condition_shape[-1]))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        left, right = ops.split(self.ends(ops.concatenate([noise, condition], axis=-1))[:, None, None], 2, axis=-1)
        along = ops.cast(ops.linspace(0.0, 1.0, self.image_size) ** self.power, left.dtype)[None, None, :, None]
        return ops.tile(left * (1 - along) + right * along, (1, self.image_size, 1, 1))

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "image_size": self.image_size, "power": self.power}


@dataclass(frozen=True)
class RampOptions:
    """Mechanism ramp: from one colour to another."""

    ramp_power: float = option(1.0, "Exponent of the way from left to right.", above=0.0)

    def __post_init__(self) -> None:
        check_options(self)


def make_ramp(options: RampOptions, request: MechanismRequest) -> RampMechanism:
    return RampMechanism(request.image_size or 32, options.ramp_power, name=request.factor)


RAMP = MechanismPart("ramp", "A ramp between two colours.", RampOptions, make_ramp)

# A data set: bars that lie or stand, white before grey.


@dataclass(frozen=True)
class BarsOptions:
    """Data set bars: lying and standing bars."""

    bar_width: int = option(4, "Pixels across a bar.", minimum=1, maximum=32)

    def __post_init__(self) -> None:
        check_options(self)


class Bars:
    """An `ImageDataset` of 58 images at 32 × 32: a bar at each of 29 places, lying or standing."""

    num_classes = 2
    image_size = 32
    places = 29

    def __init__(self, width: int, seed: int) -> None:
        self.width = width
        self.seed = seed

    def __len__(self) -> int:
        return self.num_classes * self.places

    def batch(self, step: Any, batch_size: int) -> LabelledBatch:
        positions = tf.cast(step, tf.int64) * batch_size + tf.range(batch_size, dtype=tf.int64)
        return self._at(epoch_shuffle(positions, len(self), self.seed))

    def ordered(self, batch_size: int) -> tf.data.Dataset:
        return in_order(self._at, len(self), batch_size)

    def _at(self, indices: Any) -> LabelledBatch:
        labels = tf.cast(indices % self.num_classes, tf.int32)
        first = tf.cast(indices // self.num_classes, tf.int32)[:, None]
        across = tf.range(self.image_size)
        inside = tf.cast((across >= first) & (across < first + self.width), tf.float32)
        bars = tf.where(labels[:, None, None] == 0, inside[:, :, None], inside[:, None, :])
        image = tf.broadcast_to(bars[..., None], (tf.size(labels), self.image_size, self.image_size, 3))
        return LabelledBatch(Triplet.same(labels), image)


def open_bars(options: BarsOptions, request: SplitRequest) -> Bars:
    return Bars(options.bar_width, request.seed)


BARS = DatasetPart(
    name="bars",
    summary="white bars that lie or stand",
    options=BarsOptions,
    open=open_bars,
    num_classes=2,
    image_size=32,
)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    LOSSES.register(GREYNESS)
    MECHANISMS.register(RAMP)
    DATASETS.register(BARS)
    yield
    LOSSES.unregister("greyness")
    MECHANISMS.unregister("ramp")
    DATASETS.unregister("bars")


FLAGS = (
    "--dataset=bars", "--bar_width=3", "--texture_mechanism=ramp", "--ramp_power=2", "--background_mechanism=ramp",
    "--greyness_weight=0.5", "--steps=10", "--batch_size=8", "--log_every=5", "--seed=1",
)  # fmt: skip


def test_ten_steps_by_the_ordinary_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workdir = tmp_path / "run"
    assert run("train", [*FLAGS, f"--workdir={workdir}"]) == 0, capsys.readouterr().err
    assert "10 steps done" in capsys.readouterr().out

    config = json.loads((workdir / "config.json").read_text())
    assert config["data"]["dataset_options"] == {"bars": {"bar_width": 3}}
    assert {"loss_greyness/raw", "loss_greyness/weighted"} <= set(tags(workdir))

    cgn = cgn_tf.load(workdir)
    assert isinstance(cgn.texture_mechanism, RampMechanism)
    assert (cgn.num_classes, cgn.image_size, cgn.texture_mechanism.power) == (2, 32, 2.0)
    noise = np.random.default_rng(0).normal(size=(4, cgn.noise_dim)).astype("float32")
    foreground = np.asarray(cgn(noise, np.array([0, 1, 0, 1])).foreground)
    np.testing.assert_array_equal(foreground, np.repeat(foreground[:, :1], 32, axis=1))
    assert np.ptp(foreground, axis=2).min() > 0

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
