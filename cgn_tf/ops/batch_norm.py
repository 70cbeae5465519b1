"""Batch normalisation with statistics of the whole global batch (Ioffe & Szegedy 2015)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.ops.root import inverse_sqrt

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def batch_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
        """Normalises each channel over the batch and all pixels, those of the other replicas included.

        On one device this is TensorFlow's fused kernel; over several it reduces sums and sums of squares, one
        collective operation forward and one backward.

        Args:
            x: [B, H, W, C].
            gamma: scale, float32 [C].
            beta: offset, float32 [C].
            epsilon: added to the variance.

        Returns:
            `(x − mean) / √(variance + ε) · γ + β` in the type of `x`; mean and (biased) variance, float32 [C].
        """
        if tf.distribute.has_strategy() and tf.distribute.get_strategy().num_replicas_in_sync > 1:
            return _over_replicas(x, gamma, beta, epsilon)
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=gamma, offset=beta, mean=[], variance=[], epsilon=epsilon, is_training=True
        )
        count = tf.cast(tf.size(x) // x.shape[-1], tf.float32)
        # the kernel returns the unbiased variance
        return y, mean, variance * ((count - 1.0) / count)

    def _over_replicas(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
        wide = tf.cast(x, tf.float32)
        sums = tf.concat([tf.reduce_sum(wide, (0, 1, 2)), tf.reduce_sum(tf.square(wide), (0, 1, 2))], axis=0)
        count = tf.cast(tf.size(x) // x.shape[-1], tf.float32)
        context = tf.distribute.get_replica_context()
        # replicas have equal shares of the batch
        means = context.all_reduce(tf.distribute.ReduceOp.MEAN, sums / count)
        mean, mean_square = tf.split(means, 2)
        variance = tf.maximum(mean_square - tf.square(mean), 0.0)
        y = tf.nn.batch_normalization(wide, mean, variance, beta, gamma, epsilon)
        return tf.cast(y, x.dtype), mean, variance

else:

    def batch_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
        """As under TensorFlow, for one device."""
        wide = ops.cast(x, "float32")
        mean, variance = ops.moments(wide, axes=(0, 1, 2))
        y = ops.batch_normalization(wide, mean, variance, -1, beta, gamma, epsilon)
        return ops.cast(y, x.dtype), mean, variance


def folded(gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float) -> tuple[Any, Any]:
    """Normalisation with fixed statistics as (scale, shift), each [C]: `x · scale + shift`."""
    scale = gamma * inverse_sqrt(variance + epsilon)
    return scale, beta - mean * scale
