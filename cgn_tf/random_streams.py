"""Everything random, as a pure function of (seed, stream, step): one stream a purpose."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cgn_tf.types import Triplet


class Stream(IntEnum):
    """The purpose of a draw. A new purpose takes a new number, so that no other draw changes."""

    NOISE = 0
    GENERATED_LABEL = 1
    OFFSETS = 2
    FAKE_DISCRIMINATOR = 3
    REAL_DISCRIMINATOR = 4
    FAKE_INSTANCE_NOISE = 5
    REAL_INSTANCE_NOISE = 6
    STYLE_REFERENCE = 7
    PATCHES = 8
    DIGIT_TEXTURE = 100
    DIGIT_BACKGROUND = 101
    DIGIT_APPEARANCE = 102
    DIGIT_TIES = 103
    ORDERED_DIGIT_TEXTURE = 110
    ORDERED_DIGIT_BACKGROUND = 111
    ORDERED_DIGIT_APPEARANCE = 112
    ORDERED_DIGIT_TIES = 113
    TEST_DIGIT_TEXTURE = 120
    TEST_DIGIT_BACKGROUND = 121
    TEST_DIGIT_APPEARANCE = 122
    ORDERED_TEST_DIGIT_TEXTURE = 130
    ORDERED_TEST_DIGIT_BACKGROUND = 131
    ORDERED_TEST_DIGIT_APPEARANCE = 132
    COUNTERFACTUAL_SHAPE_NOISE = 200
    COUNTERFACTUAL_TEXTURE_NOISE = 201
    COUNTERFACTUAL_BACKGROUND_NOISE = 202
    COUNTERFACTUAL_SHAPE_LABEL = 203
    COUNTERFACTUAL_TEXTURE_LABEL = 204
    COUNTERFACTUAL_BACKGROUND_LABEL = 205
    COUNTERFACTUAL_OFFSETS = 206
    SAMPLE_SHAPE_LABEL = 210
    SAMPLE_TEXTURE_LABEL = 211
    SAMPLE_BACKGROUND_LABEL = 212
    LATENT_LABEL = 300
    AFFINE = 45_041


_SAMPLE_LABELS = Triplet(Stream.SAMPLE_SHAPE_LABEL, Stream.SAMPLE_TEXTURE_LABEL, Stream.SAMPLE_BACKGROUND_LABEL)


def stream_key(seed: int, stream: Stream, step: Any) -> Any:
    """The key of the draws for one purpose at one step; works eagerly and inside tf.data.

    Folding keeps the streams of (seed, step) pairs apart, which seed + step would not.

    Args:
        seed: integer seed of all draws.
        stream: purpose of the draw.
        step: integer [], from 0 on; the same number as int32 and as int64 has two different keys.

    Returns:
        int64 [2], the seed of a `tf.random.stateless_*` operation.
    """
    key = tf.random.experimental.stateless_fold_in(tf.constant([seed, int(stream)], tf.int64), step)
    return tf.cast(key, tf.int64)


def seed_keras(seed: int) -> None:
    """Seeds what draws without a key: Keras' initializers and dropout, NumPy's and Python's own generators.

    Keras takes 32 bits. Seeds of more are mixed to as many, in which all their bits have a part.

    Args:
        seed: integer, from 0 on.
    """
    fits = seed < 2**32
    keras.utils.set_random_seed(seed if fits else int(np.random.SeedSequence(seed).generate_state(1)[0]))


def draw_noise(distribution: str, shape: Sequence[Any], key: Any, alg: str = "auto_select") -> Any:
    """Standard noise of a CGN.

    Args:
        distribution: one of `cgn_tf.types.NOISE_DISTRIBUTIONS`.
        shape: of the result.
        key: int64 [2], as from `stream_key`.
        alg: generator of TensorFlow; "philox" draws the same numbers on every device.

    Returns:
        float32 of the given shape, to be multiplied by a truncation.

    Raises:
        ValueError: another distribution.
    """
    draws = {"normal": tf.random.stateless_normal, "truncated_normal": tf.random.stateless_truncated_normal}
    if distribution not in draws:
        raise ValueError(f"distribution: expected one of {', '.join(draws)}, got {distribution!r}.")
    return draws[distribution](shape, key, alg=alg)


def noise_of_seeds(distribution: str, width: int, seeds: Any, indices: Any) -> Any:
    """Standard noise of a CGN, each row a function of its own seed and index alone, on every device the same.

    Args:
        distribution: one of `cgn_tf.types.NOISE_DISTRIBUTIONS`.
        width: d.
        seeds: int64 [B].
        indices: int64 [B].

    Returns:
        float32 [B, d].
    """

    def row(key: Any) -> Any:
        return draw_noise(distribution, [width], key, alg="philox")

    return tf.map_fn(row, tf.stack([seeds, indices], axis=1), fn_output_signature=tf.TensorSpec([width], tf.float32))


@functools.cache
def sample_draws(distribution: str, width: int, num_classes: int) -> Callable[[Any, Any], tuple[Any, Triplet[Any]]]:
    """The draws of a sample: seeds and indices, int64 [B] both → noise as of `noise_of_seeds`, and labels int32 [B].

    Every class is as likely, and a row a function of its own seed and index alone. The function is traced once: eagerly
    a row would take a hundred times as long.
    """

    def label(stream: Stream, row: Any) -> Any:
        seed, index = row
        key = tf.random.experimental.stateless_fold_in(tf.stack([seed, int(stream)]), index, alg="philox")
        return tf.random.stateless_uniform((), key, 0, num_classes, tf.int32, alg="philox")

    def draws(seeds: Any, indices: Any) -> tuple[Any, Triplet[Any]]:
        spec = tf.TensorSpec([], tf.int32)
        labels = (
            tf.map_fn(functools.partial(label, stream), (seeds, indices), fn_output_signature=spec)
            for stream in _SAMPLE_LABELS
        )
        return noise_of_seeds(distribution, width, seeds, indices), Triplet(*labels)

    return tf.function(draws, autograph=False, input_signature=[tf.TensorSpec([None], tf.int64)] * 2)
