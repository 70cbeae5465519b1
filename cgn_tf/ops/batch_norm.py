"""Batch normalisation with statistics of the whole global batch (Ioffe & Szegedy 2015)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.ops.rsqrt import rsqrt

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def batch_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
        """Normalises each channel over the batch and all pixels of all replicas.

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
        if _several_replicas():
            mean, variance = batch_statistics(x)
            y = tf.nn.batch_normalization(tf.cast(x, tf.float32), mean, variance, beta, gamma, epsilon)
            return tf.cast(y, x.dtype), mean, variance
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=gamma, offset=beta, mean=[], variance=[], epsilon=epsilon, is_training=True
        )
        count = tf.cast(tf.size(x) // x.shape[-1], tf.float32)
        # the kernel returns the unbiased variance
        return y, mean, variance * ((count - 1.0) / count)

    def batch_statistics(x: Any) -> tuple[Any, Any]:
        """Mean and (biased) variance of each channel over the batch and all pixels of all replicas.

        [B, H, W, C] → float32 [C] each.
        """
        wide = tf.cast(x, tf.float32)
        sums = tf.concat([tf.reduce_sum(wide, (0, 1, 2)), tf.reduce_sum(tf.square(wide), (0, 1, 2))], axis=0)
        means = sums / tf.cast(tf.size(x) // x.shape[-1], tf.float32)
        if _several_replicas():  # with equal shares of the batch
            means = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, means)
        mean, mean_square = tf.split(means, 2)
        return mean, tf.maximum(mean_square - tf.square(mean), 0.0)

    def _several_replicas() -> bool:
        return tf.distribute.has_strategy() and tf.distribute.get_strategy().num_replicas_in_sync > 1

else:

    def batch_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
        """As under TensorFlow, for one device."""
        mean, variance = batch_statistics(x)
        wide = ops.cast(x, "float32")
        y = ops.batch_normalization(wide, mean, variance, -1, beta, gamma, epsilon)
        return ops.cast(y, x.dtype), mean, variance

    def batch_statistics(x: Any) -> tuple[Any, Any]:
        """As under TensorFlow, for one device."""
        mean, variance = ops.moments(ops.cast(x, "float32"), axes=(0, 1, 2))
        return mean, variance


def folded(gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float) -> tuple[Any, Any]:
    """Normalisation with fixed statistics as (scale, shift), each [C]: `x · scale + shift`."""
    scale = gamma * rsqrt(variance + epsilon)
    return scale, beta - mean * scale
