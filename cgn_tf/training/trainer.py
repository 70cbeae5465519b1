"""What the loop and the checkpoints need of a trainer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import keras


class Trainer(Protocol):
    """A network with its losses and optimizers: `CGNTrainer`, `ClassifierTrainer`.

    A step is a function of the state and the batch, so that a run that is saved by its state resumes exactly.
    """

    @property
    def network(self) -> keras.Model:
        """What is trained: a checkpoint holds its constructor."""

    @property
    def phases(self) -> Sequence[int]:
        """The numbers of steps, ascending, after which the next phase begins: a step there is another computation."""

    def train_step(self, batch: Any, phase: int = 0) -> Mapping[str, Any]:
        """One update, in replica context; returns this replica's share of the global mean of each log."""

    def settings(self) -> Mapping[str, Any]:
        """What the coming step is made with, learning rates for example, by name: scalars."""

    def state(self) -> Mapping[str, Mapping[str, keras.Variable]]:
        """Every variable that the next step depends on or changes, by checkpoint group and name."""
