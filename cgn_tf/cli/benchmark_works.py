"""What the benchmark measures: each figure as a function that does the work once."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import NamedTuple

import keras
import tensorflow as tf

from cgn_tf.build import build_batches, build_cgn, build_data, build_trainer
from cgn_tf.cli.app import parse
from cgn_tf.config.benchmark import BUILT_IN, IMAGENET_STEP, BenchmarkConfig
from cgn_tf.config.networks import ModelConfig
from cgn_tf.config.train import TrainConfig
from cgn_tf.data.counterfactuals import Counterfactuals
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.speed import Work
from cgn_tf.models.biggan import BigGAN
from cgn_tf.models.cgn import CGN
from cgn_tf.models.imagenet_cgn import imagenet_cgn_of
from cgn_tf.models.u2net import U2Net
from cgn_tf.training.loop import Steps
from cgn_tf.types import Triplet

CONFIGS = Path(__file__).resolve().parents[2] / "configs"

_NO_END = "--steps=1000000000"
"""More than any benchmark does; schedules that end with the run stay at their start."""
_BATCHES = 128
"""In one call of the work for data: more than a pipeline prepares while others are measured."""
_TRUNCATION = 0.5
_SHAPES, _PER_SHAPE = 50, 10
"""Masks in a batch of counterfactuals, and images of each."""


class Measured(NamedTuple):
    """One figure: its work, the images that a call of it takes or makes, and the sizes to name beside it."""

    work: Work
    images: int
    sizes: dict[str, int]


def train_config(name: str, config: BenchmarkConfig) -> TrainConfig:
    """A configuration of `configs/` or a built-in one, on data that need no download.

    Raises:
        CommandError: the file is not there.
    """
    file = CONFIGS / f"{name}.flags"
    if name not in BUILT_IN and not file.is_file():
        raise CommandError(f"{file}: expected the configuration, got no file; run it in a checkout of cgn_tf.")
    flags = BUILT_IN.get(name, (f"--flagfile={file}",))
    if name == IMAGENET_STEP:
        flags = (f"--flagfile={CONFIGS / 'imagenet.flags'}", *flags)
    data = ("--digits=sklearn", "--held_out=0", "--textures=procedural")
    return parse(TrainConfig, [*flags, *data, _NO_END, "--dry_run", f"--feature_weights={config.feature_weights}"])


def training(config: TrainConfig) -> Measured:
    """A training step with the data for it, as the training loop does it, without its callbacks."""
    real = build_data(config.data, "train", config.run.seed)
    trainer = build_trainer(config, real)
    steps, batches = Steps(trainer), iter(build_batches(config, trainer, real)(0))
    return Measured(lambda: steps(batches, 1), config.run.batch_size, {"batch_size": config.run.batch_size})


def data(config: TrainConfig) -> Measured:
    """Batches of real images as the training has them, without the steps that take them."""
    size = config.run.batch_size
    real = build_data(config.data, "train", config.run.seed)
    if real is None:
        raise ValueError("expected a data set of images, got latent data.")
    batches = iter(real.dataset(size))

    def work() -> None:
        for _ in range(_BATCHES):
            next(batches)

    return Measured(work, _BATCHES * size, {"batch_size": size})


def generation() -> Measured:
    """A batch of counterfactuals from an untrained CGN: its speed is that of a trained one."""
    batches = Counterfactuals(build_cgn(ModelConfig(), seed=0), seed=0, shapes=_SHAPES, per_shape=_PER_SHAPE)
    numbers = itertools.count()
    sizes = {"batch_size": batches.batch_size, "images_per_mask": _PER_SHAPE}
    return Measured(lambda: batches(next(numbers))[0]["image"].numpy(), batches.batch_size, sizes)


def imagenet_cgn() -> CGN:
    """The CGN at 256 pixels, ready to generate: full width, float32, random weights."""
    keras.utils.set_random_seed(0)
    mechanisms = Triplet(*(BigGAN(name=name) for name in Triplet._fields))
    return imagenet_cgn_of(mechanisms, U2Net("u2net")).folded_copy()


def imagenet_generation(cgn: CGN) -> dict[str, Measured]:
    """One image of BigGAN-deep at 256 pixels, and one counterfactual of the CGN made of three."""
    generator = cgn.texture_mechanism
    image = tf.function(lambda noise, labels: generator(noise, labels, _TRUNCATION), autograph=False)
    inputs = tf.zeros((1, generator.noise_dim)), tf.zeros((1,), tf.int32)
    batches = Counterfactuals(cgn, seed=0, shapes=1, per_shape=1, truncation=_TRUNCATION)
    numbers = itertools.count()
    sizes = {"batch_size": 1, "image_size": cgn.image_size}
    return {
        "biggan_deep_256": Measured(lambda: image(*inputs).numpy(), 1, sizes),
        "imagenet_cgn": Measured(
            lambda: batches(next(numbers))[0]["image"].numpy(), 1, {**sizes, "images_per_mask": 1}
        ),
    }
