from __future__ import annotations

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.epoch_shuffle import epoch_shuffle


def test_every_element_once_an_epoch_in_orders_of_their_own() -> None:
    walk = np.asarray(epoch_shuffle(tf.range(30, dtype=tf.int64), 10, seed=5)).reshape(3, 10)
    for epoch in walk:
        assert sorted(epoch) == list(range(10))
    assert len({tuple(epoch) for epoch in walk}) == 3
    other = np.asarray(epoch_shuffle(tf.range(10, dtype=tf.int64), 10, seed=5 + 2**32))
    assert list(other) != list(walk[0])


def test_a_position_alone_is_the_same() -> None:
    walk = np.asarray(epoch_shuffle(tf.range(30, dtype=tf.int64), 10, seed=5))
    assert int(epoch_shuffle(tf.constant([23], tf.int64), 10, seed=5)[0]) == walk[23]
