"""The elements of a data set in an order that is shuffled anew each epoch, without state."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def epoch_shuffle(positions: Any, size: int, seed: int) -> Any:
    """The element at each position of an endless sequence, every one exactly once in each epoch of `size` positions.

    A pure function of its arguments, eagerly and inside tf.data; a run that resumes needs no state of the pipeline.

    Args:
        positions: int64 [B], from 0 on.
        size: number of elements of the data set.
        seed: integer seed of the order of all epochs, at least 0.

    Returns:
        int64 [B] in [0, size).
    """
    epochs, within = positions // size, positions % size
    # the kernel reads 32 bits of each part of its seed
    high, low = (tf.fill(tf.shape(epochs), tf.constant(part, tf.int64)) for part in divmod(seed, 2**32))
    # tf.random.experimental.index_shuffle takes one seed for all positions, and a batch may lie in two epochs
    return tf.raw_ops.RandomIndexShuffle(
        index=within,
        seed=tf.stack([low, high, epochs], axis=1),
        max_index=tf.constant(size - 1, tf.int64),
        rounds=4,
    )
