"""Keeps the gradients of float16 networks in range (Micikevicius et al. 2018, section 3.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf


class LossScale:
    """A factor on the losses, and the same divided out of the gradients, for all optimizers of a step together.

    Where a gradient overflows on any replica, nobody updates and the scale is halved; after `growth_steps` updates
    without an overflow it is doubled. (Keras' own scaling looks at one replica and serves one optimizer.)

    Args:
        initial: the first scale.
        growth_steps: updates without an overflow before the scale grows.
    """

    def __init__(self, initial: float = 2.0**15, growth_steps: int = 2_000) -> None:
        self.growth_steps = growth_steps
        self.scale = keras.Variable(initial, dtype="float32", trainable=False, name="scale")
        self.good_steps = keras.Variable(0, dtype="int32", trainable=False, name="good_steps")

    @property
    def variables(self) -> list[keras.Variable]:
        """What a resumed run needs."""
        return [self.scale, self.good_steps]

    def scaled(self, loss: Any) -> Any:
        """The loss to differentiate."""
        return loss * tf.convert_to_tensor(self.scale)

    def apply(self, update: Callable[[Any], None], gradients: Any) -> None:
        """Calls `update` with the true gradients, or skips the step; in replica context.

        Args:
            update: applies gradients, a structure as below.
            gradients: of scaled losses; a structure of tensors.
        """
        scale = tf.convert_to_tensor(self.scale)
        unscaled = tf.nest.map_structure(lambda gradient: gradient / scale, gradients)
        wrong = [tf.reduce_any(~tf.math.is_finite(gradient)) for gradient in tf.nest.flatten(unscaled)]
        replica = tf.distribute.get_replica_context()
        overflows = replica.all_reduce(tf.distribute.ReduceOp.SUM, tf.cast(tf.reduce_any(wrong), tf.float32))

        def across_replicas(strategy: Any, overflows: Any, unscaled: Any) -> None:
            def good() -> Any:
                strategy.extended.call_for_each_replica(update, args=(unscaled,))
                grown = self.good_steps + 1 >= self.growth_steps
                self.scale.assign(tf.where(grown, self.scale * 2.0, self.scale))
                self.good_steps.assign(tf.where(grown, 0, self.good_steps + 1))
                return tf.constant(True)

            def bad() -> Any:
                self.scale.assign(tf.maximum(self.scale / 2.0, 1.0))
                self.good_steps.assign(0)
                return tf.constant(False)

            # all replicas have the same sum
            tf.cond(strategy.experimental_local_results(overflows)[0] > 0, bad, good)

        replica.merge_call(across_replicas, args=(overflows, unscaled))
