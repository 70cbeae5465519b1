"""The optimizers of a training, with their schedules."""

from __future__ import annotations

from typing import Any

import keras

from cgn_tf.assembly.train_config import OptimizerConfig
from cgn_tf.training.linear_decay import LinearDecay
from cgn_tf.training.optimizers.fused_adam import FusedAdam


def build_optimizer(config: OptimizerConfig, name: str, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of "shape", "texture", "background" or "discriminator" for a run of `steps`."""
    rate: Any = config.rates[name]
    if config.lr_decay_steps:
        rate = LinearDecay(rate, steps - config.lr_decay_steps, steps)
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(rate, name=name)
    return FusedAdam(rate, config.beta_1, config.beta_2, config.epsilon, name=name)
