"""The frame of every training run: a work directory, the last checkpoint, steps, a polite end."""

from __future__ import annotations

import contextlib
import hashlib
import json
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from cgn_tf.errors import CommandError
from cgn_tf.options.command_line import as_flags
from cgn_tf.training.callbacks.checkpointer import restore
from cgn_tf.training.callbacks.finite_guard import FiniteGuard
from cgn_tf.training.callbacks.stop_when_asked import StopWhenAsked
from cgn_tf.training.interrupts import Interrupts
from cgn_tf.training.opening import opening
from cgn_tf.training.strategy import FINGERPRINT_BITS, ProcessConsensus, is_chief, is_multi_worker
from cgn_tf.training.trainer import Trainer
from cgn_tf.training.training_batches import TrainingBatches
from cgn_tf.training.workdir import WorkDir

_PEER_ERRORS = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
)


class TrainingJob(NamedTuple):
    """What is to be trained, and where.

    Attributes:
        trainer: made in the scope of the strategy.
        batches: of all its steps.
        workdir: path.
        described: the configuration, as from `to_dict`.
        mutable: names of options that may differ when the run goes on.
        callbacks: further ones, which every process calls.
        defaults: of all options, for a directory that an earlier version began: see `ConfigBinding.bind`.
    """

    trainer: Trainer
    batches: TrainingBatches
    workdir: str
    described: Mapping[str, Any]
    mutable: Collection[str]
    callbacks: Sequence[keras.callbacks.Callback] = ()
    defaults: Mapping[str, Any] = MappingProxyType({})


def run(
    job: TrainingJob,
    strategy: tf.distribute.Strategy,
    callbacks: Callable[[WorkDir], Sequence[keras.callbacks.Callback]],
    completed: Callable[[WorkDir, bool], None],
) -> int:
    """Trains, or goes on where an earlier run of the same configuration ended.

    Args:
        job: what to train.
        strategy: the devices.
        callbacks: makes those of the run, for its directory.
        completed: what the chief does once all steps are done, or a callback has ended the training, while it has the
            directory; it is told whether this process made any steps.

    Returns:
        The exit code of the process.

    Raises:
        CommandError: a directory that cannot be had, a damaged checkpoint, a loss that is not finite.
    """
    chief = is_chief(strategy)
    with contextlib.ExitStack() as stack:
        workdir = WorkDir(job.workdir)
        if chief:
            stack.enter_context(workdir)
            workdir.bind_config(job.described, job.mutable, job.defaults)
        together = ProcessConsensus(strategy)
        with Interrupts() as interrupted:
            together.require_equal(
                _fingerprint(job.described), "the configuration", "give all of them the same flags and files."
            )
            start = restore(
                job.trainer, workdir.checkpoints, lambda message: print(f"warning: {message}", file=sys.stderr)
            )
            together.require_equal(start, "the last step saved", "they need one `workdir`, on a disk that they share.")
            steps = job.batches.steps
            if start < steps:
                if chief:
                    print(opening(job.described, workdir.path, start, steps, strategy), file=sys.stderr)
                # before callbacks that save the guard, behind them those of the user: a step is then saved first
                own = [FiniteGuard(), *callbacks(workdir), *job.callbacks, StopWhenAsked(interrupted)]
                job.trainer.fit(job.batches, callbacks=own, verbose=0)
        done, asked = job.trainer.steps_done, interrupted.requested
        if done < steps and (asked or not job.trainer.stop_training):
            by = asked or "another process"
            print(f"stopped by {by} after step {done}, which is saved; the same command goes on there.")
            return 128 + int(getattr(signal, asked or "SIGTERM"))
        if done < steps:
            print(f"ended by a callback after step {done}, which is saved; the same command goes on there.")
        if start >= steps:
            more = "raise `steps` to go on" if "steps" in job.mutable else "its schedules are at their end"
            print(f"{job.workdir}: all {start} steps are done; {as_flags(more)}.")
        if chief:
            completed(workdir, start < steps)
    return 0


@contextlib.contextmanager
def peers(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Within the block the end of another process is told in words.

    Raises:
        CommandError: another process has ended or cannot be reached.
    """
    try:
        yield
    except _PEER_ERRORS as error:
        if not is_multi_worker(strategy):
            raise
        raise CommandError(
            f"another process of the run has ended or cannot be reached ({type(error).__name__}); start all of them "
            "again, and they go on from the last checkpoint."
        ) from error


def _fingerprint(described: Mapping[str, Any]) -> int:
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).digest()
    return int.from_bytes(digest) >> (8 * len(digest) - FINGERPRINT_BITS)
