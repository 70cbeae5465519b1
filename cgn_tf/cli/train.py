"""The command `train`."""

from __future__ import annotations

from cgn_tf import keras_settings
from cgn_tf.assembly.required_weights import require_weights
from cgn_tf.assembly.train_config import TrainConfig


def train(config: TrainConfig) -> int:
    """Trains a CGN, once all weights that it starts from are found to be there; returns the exit code."""
    require_weights(config)
    # imported now: weights that are missing are told at once, without the seconds that TensorFlow takes
    from cgn_tf.assembly import train as training

    keras_settings.choose()
    return training.train(config)
