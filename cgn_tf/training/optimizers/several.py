"""The optimizers of a trainer as one, for callbacks of Keras."""

from __future__ import annotations

from collections.abc import Iterable

import keras


class SeveralOptimizers:
    """What callbacks find as `model.optimizer` where each part of a model has an optimizer of its own.

    `TensorBoard`, `LearningRateScheduler` and `ReduceLROnPlateau` of Keras look into `optimizers` and treat each.

    Attributes:
        optimizers: in order, built; each has a name.
    """

    built = True

    def __init__(self, optimizers: Iterable[keras.optimizers.Optimizer]) -> None:
        self.optimizers = tuple(optimizers)

    @property
    def iterations(self) -> keras.Variable:
        """The number of updates."""
        return self.optimizers[0].iterations
