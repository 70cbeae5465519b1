"""What the training command does once its command line is right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from cgn_tf.build import build_batches, build_data, build_trainer
from cgn_tf.cli.resumable_run import Job, peers, run
from cgn_tf.config.options import to_dict
from cgn_tf.config.train import RESUMABLE, TrainConfig
from cgn_tf.training.callback import Callback
from cgn_tf.training.checkpointer import Checkpointer
from cgn_tf.training.mask_guard import MaskGuard
from cgn_tf.training.progress import Progress
from cgn_tf.training.samples import Samples
from cgn_tf.training.sheet_writer import SheetWriter
from cgn_tf.training.strategy import is_chief, make_strategy
from cgn_tf.training.tensorboard import TensorBoard
from cgn_tf.training.workdir import WorkDir


def train(config: TrainConfig) -> int:
    """Trains, or goes on where an earlier run of the same configuration ended; returns the exit code of the process."""
    described = to_dict(config)
    if config.run.deterministic:
        tf.config.experimental.enable_op_determinism()
    strategy = make_strategy(config.distribution)
    if is_chief(strategy):
        print(json.dumps(described, indent=2))
    with peers(strategy):
        return _train(config, described, strategy)


def _train(config: TrainConfig, described: dict[str, Any], strategy: tf.distribute.Strategy) -> int:
    # before the directory is claimed: a file that is missing must not leave it to a configuration that cannot run
    data = build_data(config.data, "train", config.run.seed)
    with strategy.scope():
        trainer = build_trainer(config, data)
    batches = build_batches(config, trainer, data)
    batches.check(strategy)
    if config.run.dry_run:
        print(f"dry run: {trainer.cgn.count_params():,} values in the model; nothing was written.")
        return 0
    scheduled = config.optimizer.lr_decay_steps or config.loss.critic_noise_moves
    mutable = RESUMABLE - ({"steps"} if scheduled else set())
    job = Job(trainer, batches, config.run.steps, config.run.workdir, described, mutable, config.distribution)

    def callbacks(workdir: WorkDir) -> Sequence[Callback]:
        progress, samples = Progress(), Samples(trainer, data)
        return [
            progress,
            TensorBoard(workdir.logs, config.run.log_every, config.run.batch_size),
            MaskGuard(samples.masks, config.run.sheet_every, progress.say),
            SheetWriter(samples.sheets, workdir.sheets, workdir.logs, config.run.sheet_every),
            Checkpointer(trainer, workdir.checkpoints, described, config.run.checkpoint_every, config.run.keep),
        ]

    def completed(workdir: WorkDir, trained: bool) -> None:
        if trained:
            print(
                f"{config.run.workdir}: {config.run.steps} steps done; sheets in {workdir.sheets}, TensorBoard in "
                f"{workdir.logs}."
            )

    return run(job, strategy, callbacks, completed)
