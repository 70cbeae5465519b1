"""Every element of a data set once, in its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def in_order(at: Callable[[Any], Any], size: int, batch_size: int) -> tf.data.Dataset:
    """Batches of consecutive elements; the last one may be smaller.

    Args:
        at: indices, int64 [B] → the batch of these elements; called inside tf.data.
        size: elements of the data set.
        batch_size: elements in a batch.

    Raises:
        ValueError: a batch size below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}.")
    batches = tf.data.Dataset.range(0, size, batch_size).map(
        lambda start: at(tf.range(start, tf.minimum(start + batch_size, size))),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    return batches.prefetch(tf.data.AUTOTUNE)
