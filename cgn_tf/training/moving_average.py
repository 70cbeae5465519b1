"""A moving average of a network's weights, under any distribution strategy."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from cgn_tf.models.cgn import CGN


class MovingAverage:
    """A copy of a CGN whose variables follow those of the original: `average ← d·average + (1 − d)·value`.

    Args:
        cgn: built.
        decay: d in (0, 1).
    """

    def __init__(self, cgn: CGN, decay: float) -> None:
        self.decay = decay
        self.source = cgn
        self.cgn: CGN = CGN.from_config(cgn.get_config())
        self.cgn.build()
        self.cgn.set_weights(cgn.get_weights())
        self.cgn.trainable = False

    def update(self) -> None:
        """Moves every variable once; in replica context."""

        def move(average: Any, value: Any) -> None:
            average.assign(self.decay * average + (1.0 - self.decay) * value)

        def across_replicas(strategy: Any) -> None:
            for average, variable in zip(self.cgn.variables, self.source.variables, strict=True):
                strategy.extended.update(average.value, move, args=(variable.value,))

        tf.distribute.get_replica_context().merge_call(across_replicas)
