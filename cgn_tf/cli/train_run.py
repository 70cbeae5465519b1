"""What the training command does once its command line is right."""

from __future__ import annotations

import contextlib
import hashlib
import json
import signal
import sys
from typing import Any

import tensorflow as tf

from cgn_tf.build import build_batches, build_data, build_trainer
from cgn_tf.config.options import to_dict
from cgn_tf.config.train import RESUMABLE, TrainConfig
from cgn_tf.errors import CommandError
from cgn_tf.training.callback import Callback
from cgn_tf.training.checkpointer import Checkpointer, restore
from cgn_tf.training.finite_guard import FiniteGuard
from cgn_tf.training.interrupts import Interrupts
from cgn_tf.training.loop import Steps, run_steps
from cgn_tf.training.mask_guard import MaskGuard
from cgn_tf.training.progress import Progress
from cgn_tf.training.samples import Samples
from cgn_tf.training.sheet_writer import SheetWriter
from cgn_tf.training.strategy import FINGERPRINT_BITS, Agreement, is_chief, is_multi_worker, make_strategy
from cgn_tf.training.tensorboard import TensorBoard
from cgn_tf.training.workdir import WorkDir

_PEER_ERRORS = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
)


def train(config: TrainConfig) -> int:
    """Trains, or goes on where an earlier run of the same configuration ended; returns the exit code of the process."""
    described = to_dict(config)
    if config.run.deterministic:
        tf.config.experimental.enable_op_determinism()
    strategy = make_strategy(config.distribution)
    chief = is_chief(strategy)
    if chief:
        print(json.dumps(described, indent=2))
    try:
        return _train(config, described, strategy, chief)
    except _PEER_ERRORS as error:
        if not is_multi_worker(strategy):
            raise
        raise CommandError(
            f"another process of the run has ended or cannot be reached ({type(error).__name__}); start all of them "
            "again, and they go on from the last checkpoint."
        ) from error


def _train(config: TrainConfig, described: dict[str, Any], strategy: tf.distribute.Strategy, chief: bool) -> int:
    # before the directory is claimed: a file that is missing must not leave it to a configuration that cannot run
    data = build_data(config.data, "train", config.run.seed)
    with strategy.scope():
        trainer = build_trainer(config, data)
    batches = build_batches(config, trainer, data)
    batches.check(strategy)
    if config.run.dry_run:
        print(f"dry run: {trainer.cgn.count_params():,} values in the model; nothing was written.")
        return 0
    with contextlib.ExitStack() as stack:
        workdir = WorkDir(config.run.workdir)
        mutable = RESUMABLE - ({"steps"} if config.optimizer.lr_decay_steps else set())
        if chief:
            stack.enter_context(workdir)
            workdir.claim(described, mutable)
        interrupted = stack.enter_context(Interrupts())
        together = Agreement(strategy)
        together.require_equal(_fingerprint(described), "the configuration", "give all of them the same flags.")
        start = restore(trainer, workdir.checkpoints, lambda message: print(f"warning: {message}", file=sys.stderr))
        together.require_equal(start, "the last step saved", "they need one --workdir, on a disk that they share.")
        if start >= config.run.steps:
            more = "raise --steps to go on" if "steps" in mutable else "its learning rates have decayed"
            print(f"{config.run.workdir}: all {start} steps are done; {more}.")
            return 0
        progress, samples = Progress(), Samples(trainer, data)
        own: list[Callback] = [
            progress,
            TensorBoard(workdir.logs, config.run.log_every, config.run.batch_size),
            *_mask_guard(config, samples, progress),
            SheetWriter(samples.sheets, workdir.sheets, workdir.logs, config.run.sheet_every),
            Checkpointer(trainer, workdir.checkpoints, described, config.run.checkpoint_every, config.run.keep),
        ]
        done = run_steps(
            Steps(trainer, strategy, config.distribution.jit),
            batches.distributed(start, strategy),
            start,
            config.run.steps,
            [FiniteGuard(), *(own if chief else [])],
            stop_requested=lambda: together.any(interrupted.requested is not None),
            steps_per_execution=config.distribution.steps_per_execution,
        )
        together.any(False)  # nobody leaves before the chief has saved
    if done < config.run.steps:
        by = interrupted.requested or "another process"
        print(f"stopped by {by} after step {done}, which is saved; the same command goes on there.")
        return 128 + int(getattr(signal, interrupted.requested or "SIGTERM"))
    print(f"{config.run.workdir}: {done} steps done; sheets in {workdir.sheets}, TensorBoard in {workdir.logs}.")
    return 0


def _mask_guard(config: TrainConfig, samples: Samples, progress: Progress) -> list[Callback]:
    if config.model.masker == "opaque":  # full by intention
        return []
    return [MaskGuard(samples.masks, config.run.sheet_every, progress.say)]


def _fingerprint(described: dict[str, Any]) -> int:
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).digest()
    return int.from_bytes(digest) >> (8 * len(digest) - FINGERPRINT_BITS)
