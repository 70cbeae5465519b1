from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.training.own_batches import of_batch_size


def images(count: int) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(
        {"image": np.zeros((count, 2, 2, 3), np.float32), "label": np.arange(count)}
    )


def test_batches_of_the_size_pass() -> None:
    for batches in (images(8).batch(4), images(8).batch(4, drop_remainder=True)):
        read = list(of_batch_size(batches, 4))
        assert [batch["label"].numpy().tolist() for batch in read] == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_last_batch_that_is_smaller_is_refused_when_it_comes() -> None:
    read = iter(of_batch_size(images(6).batch(4), 4))
    next(read)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"batches of 4 images, .* got another in `image`"):
        next(read)


def test_another_size_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"expected batches of 8 images, .* got 4 in `image`; batch with"):
        of_batch_size(images(8).batch(4, drop_remainder=True), 8)


def test_batches_that_are_no_dictionaries_pass() -> None:
    assert list(of_batch_size(tf.data.Dataset.range(3), 4).as_numpy_iterator()) == [0, 1, 2]
