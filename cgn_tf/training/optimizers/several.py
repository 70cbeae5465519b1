"""The optimizers of a trainer as one, for callbacks of Keras."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

_RATES = (
    "learning_rate: each part of this model has an optimizer with a rate of its own; read or set `learning_rate` of "
    "each of `model.optimizer.optimizers`."
)


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
    def learning_rate(self) -> Any:
        """There is none.

        Raises:
            AttributeError: always, also where it is set; says where the rates are.
        """
        raise AttributeError(_RATES)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(_RATES)

    @property
    def iterations(self) -> keras.Variable:
        """The number of updates."""
        return self.optimizers[0].iterations
