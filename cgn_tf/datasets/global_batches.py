"""Batches for one device or many, the same ones: a replica gets its rows of the global batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cgn_tf.errors import ConfigError


class GlobalBatches:
    """The batches of a training run, each a function of its step alone, data and everything random alike.

    Under several replicas every process computes the whole global batch and passes on the rows of its own replicas, so
    that the draws do not depend on the number of devices.

    Args:
        batch: step int64 [] → a structure of tensors [B, …], for example a dictionary or a `LabelledBatch`; called
            inside tf.data.
        batch_size: B, number of rows over all replicas.
        together: number of consecutive rows that belong on one replica.
    """

    def __init__(self, batch: Callable[[Any], Any], batch_size: int, together: int = 1) -> None:
        self._batch = batch
        self._batch_size = batch_size
        self._together = together

    def __call__(self, start: int) -> tf.data.Dataset:
        """The global batches from step `start` on, without end."""
        # endless, because of a data set with an end replicas ask each other at every step whether it has come
        steps = tf.data.Dataset.counter(start)
        return steps.map(self._batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(
            tf.data.AUTOTUNE
        )

    def check(self, strategy: tf.distribute.Strategy) -> None:
        """Holds the batch to be divisible equally.

        Raises:
            ConfigError: it is not.
        """
        replicas = strategy.num_replicas_in_sync
        if self._batch_size % (replicas * self._together):
            times = "" if self._together == 1 else f"{self._together} times "
            raise ConfigError(
                f"`batch_size`: expected a multiple of {times}the {replicas} replicas, got {self._batch_size}; it "
                "counts the images of all of them together."
            )

    def distributed(self, start: int, strategy: tf.distribute.Strategy) -> Any:
        """The same, for the replicas of `strategy`: each gets an equal number of consecutive rows.

        Raises:
            ConfigError: as `check`.
        """
        self.check(strategy)
        if strategy.num_replicas_in_sync == 1:
            return self(start)
        return strategy.distribute_datasets_from_function(lambda context: self._rows(start, context))

    def _rows(self, start: int, context: tf.distribute.InputContext) -> tf.data.Dataset:
        """The rows of each replica of one process, one after the other."""
        local = context.num_replicas_in_sync // context.num_input_pipelines
        size = self._batch_size // context.num_replicas_in_sync
        first = context.input_pipeline_id * local * size

        def own_rows(value: Any) -> Any:
            if value is None:  # which tf.nest takes for a leaf
                return None
            return tf.reshape(value[first : first + local * size], (local, size, *value.shape[1:]))

        def rows(batch: Any) -> Any:
            return tf.nest.map_structure(own_rows, batch)

        endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
        return self(start).map(rows).unbatch().apply(endless).prefetch(tf.data.AUTOTUNE)
