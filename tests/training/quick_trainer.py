"""A trainer whose steps are made in no time."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cgn_tf.training.optimizers.several import SeveralOptimizers
from cgn_tf.training.samples import Pictures
from cgn_tf.training.trainer import Trainer
from cgn_tf.training.training_batches import TrainingBatches
from cgn_tf.weights.assignment import named_variables


class QuickTrainer(Trainer):
    """Adds the batch, a number, to its loss, by one optimizer of rate 1 or by several.

    Args:
        optimizers: number of them.
    """

    samples = SimpleNamespace(pictures=lambda: Pictures({"parts": np.zeros((64, 64, 3), np.uint8)}, {}))

    def __init__(self, optimizers: int = 1) -> None:
        super().__init__("quick", batch_size=1)
        self.weight = keras.Variable(0.0, name="weight")
        self.own = [keras.optimizers.SGD(1.0, name=f"sgd_{number}") for number in range(optimizers)]
        for optimizer in self.own:
            optimizer.build([self.weight])
        self.optimizer = self.own[0] if optimizers == 1 else SeveralOptimizers(self.own)

    def settings(self) -> Mapping[str, Any]:
        return {"learning_rate": self.own[0].learning_rate}

    def state(self) -> Mapping[str, Mapping[str, keras.Variable]]:
        held = [variable for optimizer in self.own for variable in optimizer.variables]
        return {"model": {"weight": self.weight}, "training": named_variables(held)}

    def train_step(self, batch: Any, phase: int = 0) -> Mapping[str, Any]:
        for optimizer in self.own:
            optimizer.apply([-tf.cast(batch, tf.float32) / len(self.own)], [self.weight])
        return {"loss/total": tf.convert_to_tensor(self.weight), "raw/batch": tf.cast(batch, tf.float32)}


def counted(steps: int = 10, steps_per_epoch: int = 4, has_end: bool = False) -> TrainingBatches:
    """The batch of a step is its number, from 0 on."""
    return TrainingBatches(lambda step: step, 1, steps=steps, steps_per_epoch=steps_per_epoch, has_end=has_end)
