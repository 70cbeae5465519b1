"""What the loop and the checkpoints need of a trainer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import keras

from cgn_tf.training.phases import Phases


class Trainer(Protocol):
    """A network with its losses and optimizers: `CGNTrainer`, `ClassifierTrainer`.

    A step is a function of the state and the batch, so that a run that is saved by its state resumes exactly.
    """

    phases: Phases

    @property
    def network(self) -> keras.Model:
        """What is trained: a checkpoint holds its constructor."""

    def train_step(self, batch: Mapping[str, Any], phase: int = 0) -> Mapping[str, Any]:
        """One update, in replica context; returns this replica's share of the global mean of each log."""

    def settings(self) -> Mapping[str, Any]:
        """What the coming step is made with, learning rates for example, by name: scalars."""

    def state(self) -> Mapping[str, Mapping[str, keras.Variable]]:
        """Every variable that the next step depends on or changes, by checkpoint group and name."""
