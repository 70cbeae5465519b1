"""The batches of a training together with its length: what `fit` of a trainer takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgn_tf.datasets.global_batches import GlobalBatches


class TrainingBatches(GlobalBatches):
    """The batches of a training, each a function of its step alone, and how many of them make the training.

    Args:
        batch, batch_size, together: those of `GlobalBatches`.
        steps: number of steps in the end.
        steps_per_epoch: number of steps that callbacks are told of as an epoch: a pass over the training images.
        has_end: whether schedules end with `steps`, so that further steps would train with rates of 0.
    """

    def __init__(
        self,
        batch: Callable[[Any], Any],
        batch_size: int,
        together: int = 1,
        *,
        steps: int,
        steps_per_epoch: int,
        has_end: bool = False,
    ) -> None:
        super().__init__(batch, batch_size, together)
        self.steps = steps
        self.steps_per_epoch = steps_per_epoch
        self.has_end = has_end
