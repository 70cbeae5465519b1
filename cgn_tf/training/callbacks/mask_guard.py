"""Warns of masks that go wrong in training."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

from cgn_tf.evaluation.mask_problems import mask_figures, mask_problems
from cgn_tf.training.callbacks.periodic import PeriodicCallback
from cgn_tf.training.samples import samples_of


class MaskGuard(PeriodicCallback):
    """Warns when masks go wrong; once for each combination of problems and classes, and again after a recovery.

    Args:
        every: steps between two looks at masks of the trainer's generator.
        warn: takes the message; None: it goes to stderr.
    """

    def __init__(self, every: int = 1_000, warn: Callable[[str], None] | None = None) -> None:
        super().__init__(every)
        self._warn = warn or functools.partial(print, file=sys.stderr, flush=True)
        self._warned: set[frozenset[tuple[str, tuple[int, ...]]]] = set()

    def on_due(self, step: int) -> None:
        problems = mask_problems(mask_figures(*samples_of(self.model).masks()))
        now = frozenset((problem.kind, problem.classes) for problem in problems)
        if problems and now not in self._warned:
            self._warned.add(now)
            dataset = self.model.dataset
            names = () if dataset is None else dataset.class_names
            self._warn(f"Step {step}: " + "; ".join(problem.told(names) for problem in problems) + ".")
        elif not problems and self._warned:
            self._warned.clear()
            self._warn(f"Step {step}: the masks of all classes are in order again.")
