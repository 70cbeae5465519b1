"""A user's own `tf.data.Dataset`, held to the batch size of the trainer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf


def of_batch_size(data: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
    """The same batches, each with as many images as the trainer divides its losses by.

    Args:
        data: of dictionaries of arrays [B, …]; entries that are no arrays are not looked at.
        batch_size: B, over all replicas.

    Raises:
        ValueError: the batches are known to have another size.
        tf.errors.InvalidArgumentError: while they are read: one of them has.
    """
    if not isinstance(data.element_spec, Mapping):
        return data
    rows = {
        name: one.shape[0]
        for name, one in data.element_spec.items()
        if isinstance(one, tf.TensorSpec) and one.shape.rank
    }
    for name, count in rows.items():
        if count not in (None, batch_size):
            raise ValueError(_told(batch_size, f"{count} in `{name}`"))
    unknown = [name for name, count in rows.items() if count is None]
    if not unknown:
        return data

    def checked(batch: Any) -> Any:
        checks = [
            tf.debugging.assert_equal(tf.shape(batch[name])[0], batch_size, _told(batch_size, f"another in `{name}`"))
            for name in unknown
        ]
        with tf.control_dependencies(checks):
            return tf.nest.map_structure(tf.identity, batch)

    return data.map(checked, num_parallel_calls=1, deterministic=True)


def _told(batch_size: int, got: str) -> str:
    return (
        f"data: expected batches of {batch_size} images, which the losses are divided by, got {got}; batch with "
        "`drop_remainder=True`, or build the experiment with another `batch_size`."
    )
