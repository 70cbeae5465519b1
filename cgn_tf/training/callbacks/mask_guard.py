"""Warns of masks that go wrong in training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cgn_tf.evaluation.mask_problems import mask_figures, mask_problems
from cgn_tf.training.callbacks.callback import PeriodicCallback


class MaskGuard(PeriodicCallback):
    """Warns when masks go wrong; once for each combination of problems and classes, and again after a recovery.

    Args:
        sample: draws masks [N, H, W, 1] and their shape labels [N].
        every: steps between two looks.
        warn: takes the message.
    """

    def __init__(
        self, sample: Callable[[], tuple[np.ndarray, np.ndarray]], every: int, warn: Callable[[str], None]
    ) -> None:
        super().__init__(every)
        self._sample = sample
        self._warn = warn
        self._warned: set[frozenset[tuple[str, tuple[int, ...]]]] = set()

    def on_due(self, step: int) -> None:
        problems = mask_problems(mask_figures(*self._sample()))
        now = frozenset((problem.kind, problem.classes) for problem in problems)
        if problems and now not in self._warned:
            self._warned.add(now)
            self._warn(f"Step {step}: " + "; ".join(map(str, problems)) + ".")
        elif not problems and self._warned:
            self._warned.clear()
            self._warn(f"Step {step}: the masks of all classes are in order again.")
