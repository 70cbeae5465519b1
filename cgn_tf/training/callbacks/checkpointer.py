"""Saves and restores everything that the next training step depends on."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cgn_tf import checkpoints
from cgn_tf.checkpoints import assign
from cgn_tf.models.constructor import constructor
from cgn_tf.training.callbacks.periodic import PeriodicCallback
from cgn_tf.training.trainer import Trainer


class Checkpointer(PeriodicCallback):
    """Saves every `every` steps, and where the run ends, also when it is asked to stop.

    Args:
        directory: of the checkpoints; `cgn_tf.load` reads the newest one.
        config: of the run, kept with each checkpoint; None: nothing is.
        every: steps from one checkpoint to the next.
        keep: number of checkpoints to keep.

    Raises:
        NonFiniteError: when saving, for a weight that is NaN or infinite; nothing is written. A finite loss may have
            had a gradient that was not, which the losses show one step later only.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        config: Mapping[str, Any] | None = None,
        every: int = 500,
        keep: int = 3,
    ) -> None:
        super().__init__(every)
        self.directory = Path(directory)
        self.config = config
        self.keep = keep
        self._saved = -1

    def finish(self, step: int) -> None:
        if self._saved != step:
            self.on_due(step)

    def on_due(self, step: int) -> None:
        groups = {
            group: {name: variable.numpy() for name, variable in variables.items()}
            for group, variables in self.model.state().items()
        }
        checkpoints.save(
            self.directory, step, groups, model=constructor(self.model.network), config=self.config, keep=self.keep
        )
        self._saved = step


def restore(
    trainer: Trainer, directory: str | os.PathLike[str], on_damaged: Callable[[str], None] = warnings.warn
) -> int:
    """Brings `trainer` to the newest sound checkpoint in `directory`; damaged ones are reported and passed over.

    `fit` then goes on where the run that saved it stood.

    Args:
        trainer: built like the one that was saved.
        directory: what `Checkpointer` writes to; "checkpoints" in the work directory of a command.
        on_damaged: takes a line for each checkpoint that cannot be read.

    Returns:
        The number of steps done; 0 where there is no checkpoint.

    Raises:
        UnreadableError: one cannot be looked at; to go on from an older one would replace it, sound as it may be.
        CheckpointError: every checkpoint is damaged, or one does not fit the model.
    """
    found = checkpoints.read_latest(Path(directory), on_damaged)
    if found is None:
        return 0
    state = trainer.state()
    if set(state) != set(found.groups):
        raise checkpoints.CheckpointError(
            f"{found.path}: expected the groups {sorted(state)}, got {sorted(found.groups)}: "
            "it is of another kind of run; choose another `workdir`."
        )
    for group, variables in state.items():
        assign(variables, found.groups[group], f"{found.path} ({group})")
    trainer.steps_done = found.step
    return found.step
