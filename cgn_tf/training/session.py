"""The frame of every training run: a work directory, the last checkpoint, steps, a polite end."""

from __future__ import annotations

import contextlib
import hashlib
import json
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf.datasets.global_batches import GlobalBatches
from cgn_tf.errors import CommandError
from cgn_tf.options.command_line import as_flags
from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.callbacks.checkpointer import restore
from cgn_tf.training.callbacks.finite_guard import FiniteGuard
from cgn_tf.training.distribution import DistributionConfig
from cgn_tf.training.interrupts import Interrupts
from cgn_tf.training.loop import StepRunner, run_steps
from cgn_tf.training.strategy import FINGERPRINT_BITS, ProcessConsensus, is_chief, is_multi_worker
from cgn_tf.training.trainer import Trainer
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
        batches: of its steps.
        steps: number of steps in the end.
        workdir: path.
        described: the configuration, as from `to_dict`.
        mutable: names of options that may differ when the run goes on.
        distribution: how a step is executed.
    """

    trainer: Trainer
    batches: GlobalBatches
    steps: int
    workdir: str
    described: Mapping[str, Any]
    mutable: Collection[str]
    distribution: DistributionConfig


def run(
    job: TrainingJob,
    strategy: tf.distribute.Strategy,
    callbacks: Callable[[WorkDir], Sequence[Callback]],
    completed: Callable[[WorkDir, bool], None],
) -> int:
    """Trains, or goes on where an earlier run of the same configuration ended.

    Args:
        job: what to train.
        strategy: the devices.
        callbacks: makes those of the chief, for the directory that it has by then.
        completed: what the chief does once all steps are done, while it has the directory; it is told whether this
            process made any of them.

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
            workdir.bind_config(job.described, job.mutable)
        together = ProcessConsensus(strategy)
        with Interrupts() as interrupted:
            together.require_equal(
                _fingerprint(job.described), "the configuration", "give all of them the same flags and files."
            )
            start = restore(
                job.trainer, workdir.checkpoints, lambda message: print(f"warning: {message}", file=sys.stderr)
            )
            together.require_equal(start, "the last step saved", "they need one `workdir`, on a disk that they share.")
            done = start
            if start < job.steps:
                done = run_steps(
                    StepRunner(job.trainer, strategy, job.distribution.jit),
                    job.batches.distributed(start, strategy),
                    start,
                    job.steps,
                    [FiniteGuard(), *(callbacks(workdir) if chief else [])],
                    stop_requested=lambda: together.any(interrupted.requested is not None),
                    steps_per_execution=job.distribution.steps_per_execution,
                )
                together.any(False)  # nobody leaves before the chief has saved
        if done < job.steps:
            by = interrupted.requested or "another process"
            print(f"stopped by {by} after step {done}, which is saved; the same command goes on there.")
            return 128 + int(getattr(signal, interrupted.requested or "SIGTERM"))
        if start >= job.steps:
            more = "raise `steps` to go on" if "steps" in job.mutable else "its schedules are at their end"
            print(f"{job.workdir}: all {start} steps are done; {as_flags(more)}.")
        if chief:
            completed(workdir, start < job.steps)
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
