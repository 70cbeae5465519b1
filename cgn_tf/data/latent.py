"""The latent data set: labels without images, of many classes in a batch."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

_LABELS = 300


def latent_labels(step: Any, batch_size: int, num_classes: int, seed: int) -> Any:
    """Uniform labels, int32 [B], a pure function of (seed, step); the noise is drawn beside them for every data set."""
    key = tf.random.experimental.stateless_fold_in(tf.constant([seed, _LABELS], tf.int64), step)
    return tf.random.stateless_uniform((batch_size,), tf.cast(key, tf.int64), 0, num_classes, tf.int32)
