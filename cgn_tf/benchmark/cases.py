"""What the benchmark measures: each figure as a call that does the work once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from cgn_tf.generation.counterfactuals import Counterfactuals
from cgn_tf.models.cgn import CGN
from cgn_tf.models.folding import for_inference
from cgn_tf.models.imagenet_cgn import imagenet_cgn_of
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.types import Triplet

_BATCHES = 128
"""Batches in one call of the case for data: more than a pipeline prepares while others are measured."""
_TRUNCATION = 0.5
_SHAPES, _IMAGES_PER_MASK = 50, 10
"""Masks in a batch of counterfactuals, and images of each."""


class BenchmarkCase(NamedTuple):
    """One figure.

    Attributes:
        call: does the work once; it returns when the result is there, not when a device has been told to make it.
        images: how many images one call takes or makes.
        sizes: what to name beside the figure, for example the batch size.
    """

    call: Callable[[], object]
    images: int
    sizes: dict[str, int]


def training_case(step: Callable[[], object], batch_size: int) -> BenchmarkCase:
    """A training step with the data for it, as the training loop does it, without its callbacks."""
    return BenchmarkCase(step, batch_size, {"batch_size": batch_size})


def data_case(data: tf.data.Dataset, batch_size: int) -> BenchmarkCase:
    """Batches of real images as the training has them, without the steps that take them."""
    batches = iter(data)

    def call() -> None:
        for _ in range(_BATCHES):
            next(batches)

    return BenchmarkCase(call, _BATCHES * batch_size, {"batch_size": batch_size})


def generation_case(cgn: CGN) -> BenchmarkCase:
    """A batch of counterfactuals of a digit CGN; the speed of an untrained CGN is that of a trained one."""
    batches = Counterfactuals(cgn, seed=0, shapes=_SHAPES, images_per_mask=_IMAGES_PER_MASK)
    numbers = itertools.count()
    sizes = {"batch_size": batches.batch_size, "images_per_mask": _IMAGES_PER_MASK}
    return BenchmarkCase(lambda: batches(next(numbers))[0]["image"].numpy(), batches.batch_size, sizes)


def imagenet_cgn() -> CGN:
    """The CGN at 256 pixels, ready to generate: full width, float32, random weights."""
    keras.utils.set_random_seed(0)
    mechanisms = Triplet(*(BigGAN(name=name) for name in Triplet._fields))
    return for_inference(imagenet_cgn_of(mechanisms, U2Net("u2net")))


def imagenet_generation_cases(cgn: CGN) -> dict[str, BenchmarkCase]:
    """One image of BigGAN-deep at 256 pixels, and one counterfactual of the CGN made of three."""
    generator = cgn.texture_mechanism
    image = tf.function(lambda noise, labels: generator(noise, labels, _TRUNCATION), autograph=False)
    inputs = tf.zeros((1, generator.noise_dim)), tf.zeros((1,), tf.int32)
    batches = Counterfactuals(cgn, seed=0, shapes=1, images_per_mask=1, truncation=_TRUNCATION)
    numbers = itertools.count()
    sizes = {"batch_size": 1, "image_size": cgn.image_size}
    return {
        "biggan_deep_256": BenchmarkCase(lambda: image(*inputs).numpy(), 1, sizes),
        "imagenet_cgn": BenchmarkCase(
            lambda: batches(next(numbers))[0]["image"].numpy(), 1, {**sizes, "images_per_mask": 1}
        ),
    }
