"""Saves and restores everything that the next training step depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cgn_tf import checkpoints
from cgn_tf.checkpoints import assign
from cgn_tf.models.constructor import constructor
from cgn_tf.training.callbacks.callback import PeriodicCallback
from cgn_tf.training.trainer import Trainer


class Checkpointer(PeriodicCallback):
    """Saves every `every` steps, and where the run ends, also when it is asked to stop.

    Args:
        trainer: whose `state()` is saved.
        directory: of the checkpoints.
        config: of the run, kept with each checkpoint.
        every: steps from one checkpoint to the next.
        keep: number of checkpoints to keep.

    Raises:
        NonFiniteError: when saving, for a weight that is NaN or infinite; nothing is written. A finite loss may have
            had a gradient that was not, which the losses show one step later only.
    """

    def __init__(
        self,
        trainer: Trainer,
        directory: Path,
        config: Mapping[str, Any],
        every: int,
        keep: int,
    ) -> None:
        super().__init__(every)
        self.trainer = trainer
        self.directory = directory
        self.config = config
        self.keep = keep
        self._saved = -1

    def finish(self, step: int) -> None:
        if self._saved != step:
            self.on_due(step)

    def on_due(self, step: int) -> None:
        groups = {
            group: {name: variable.numpy() for name, variable in variables.items()}
            for group, variables in self.trainer.state().items()
        }
        checkpoints.save(
            self.directory, step, groups, model=constructor(self.trainer.network), config=self.config, keep=self.keep
        )
        self._saved = step


def restore(trainer: Trainer, directory: Path, on_damaged: Callable[[str], None]) -> int:
    """Brings `trainer` to the newest sound checkpoint in `directory`; damaged ones are reported and passed over.

    Returns:
        The number of steps done; 0 where there is no checkpoint.

    Raises:
        UnreadableError: one cannot be looked at; to go on from an older one would replace it, sound as it may be.
        CheckpointError: every checkpoint is damaged, or one does not fit the model.
    """
    found = checkpoints.read_latest(directory, on_damaged)
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
    return found.step
