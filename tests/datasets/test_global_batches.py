"""Every replica gets its rows of the one global batch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.datasets.global_batches import GlobalBatches
from cgn_tf.errors import ConfigError


def batch(step: Any) -> dict[str, Any]:
    rows = tf.cast(step, tf.int32) * 100 + tf.range(12)
    return {"row": rows, "image": tf.reshape(tf.repeat(rows, 4), (12, 2, 2))}


def rows(pipelines: int, replicas: int, start: int) -> list[list[list[int]]]:
    """The rows of each of the first two steps, in each process one replica after the other."""
    found = []
    for pipeline in range(pipelines):
        context = tf.distribute.InputContext(pipelines, pipeline, replicas)
        taken = GlobalBatches(batch, 12)._rows(start, context).take(2 * replicas // pipelines)
        batches = list(taken.as_numpy_iterator())
        for one in batches:
            np.testing.assert_array_equal(one["image"], one["row"][:, None, None] + np.zeros((1, 2, 2)))
        found.append([one["row"].tolist() for one in batches])
    return found


def test_rows_of_two_processes_with_two_replicas_each() -> None:
    first, second = rows(pipelines=2, replicas=4, start=7)
    assert first == [[700, 701, 702], [703, 704, 705], [800, 801, 802], [803, 804, 805]]
    assert second == [[706, 707, 708], [709, 710, 711], [806, 807, 808], [809, 810, 811]]


def test_shapes_stay_known_and_batches_endless() -> None:
    context = tf.distribute.InputContext(1, 0, 3)
    dataset = GlobalBatches(batch, 12)._rows(0, context)
    assert dataset.element_spec["image"].shape == (4, 2, 2)
    assert dataset.cardinality() == tf.data.INFINITE_CARDINALITY


def test_one_replica_gets_the_whole() -> None:
    (one,) = GlobalBatches(batch, 12).distributed(3, tf.distribute.get_strategy()).take(1)
    np.testing.assert_array_equal(one["row"], 300 + np.arange(12))


def test_a_batch_that_cannot_be_divided() -> None:
    strategy: Any = SimpleNamespace(num_replicas_in_sync=5)
    with pytest.raises(ConfigError, match="expected a multiple of the 5 replicas, got 12"):
        GlobalBatches(batch, 12).check(strategy)
    GlobalBatches(batch, 15).check(strategy)
    with pytest.raises(ConfigError, match="expected a multiple of 2 times the 5 replicas, got 15"):
        GlobalBatches(batch, 15, together=2).check(strategy)
