"""A training of a CGN: from its configuration to the end of the run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf.assembly.batches import build_batches
from cgn_tf.assembly.required_weights import weights_on_disk
from cgn_tf.assembly.train_config import RESUMABLE, TrainConfig
from cgn_tf.assembly.trainer import build_trainer
from cgn_tf.checkpoints.pretrained import weight_files
from cgn_tf.datasets.contract import Dataset
from cgn_tf.datasets.global_batches import GlobalBatches
from cgn_tf.datasets.recorded_class_names import class_names_entry
from cgn_tf.files.contents import contents
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.callbacks.checkpointer import Checkpointer
from cgn_tf.training.callbacks.decoration import Decoration
from cgn_tf.training.callbacks.mask_guard import MaskGuard
from cgn_tf.training.callbacks.progress import Progress
from cgn_tf.training.callbacks.sample_grids import SampleGrids
from cgn_tf.training.callbacks.tensorboard import TensorBoard
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.samples import Samples
from cgn_tf.training.session import TrainingJob, peers, run
from cgn_tf.training.strategy import is_chief, make_strategy
from cgn_tf.training.workdir import WorkDir


class Training(NamedTuple):
    """What a configuration stands for: a trainer, the data set's training split, and the batches of its steps."""

    trainer: CGNTrainer
    data: Dataset
    batches: GlobalBatches


def build_training(config: TrainConfig, strategy: tf.distribute.Strategy | None = None) -> Training:
    """Everything that a training needs.

    Args:
        config: of the training.
        strategy: its devices; None: the default, one device.

    Raises:
        CommandError: data or weights cannot be had or do not fit.
        ConfigError: parts that do not go together.
    """
    seed, known = config.run.seed, config.data.num_classes is not None
    data = config.data.open("train", seed) if known else None
    with (strategy or tf.distribute.get_strategy()).scope():
        trainer = build_trainer(config, data)
    if data is None:
        data = config.data.open("train", seed, num_classes=trainer.cgn.num_classes)
    return Training(trainer, data, build_batches(config, trainer, data))


def train(config: TrainConfig) -> int:
    """Trains, or goes on where an earlier run of the same configuration ended; returns the exit code of the process."""
    # the data and weights may move, but not become others while a run goes on
    weights = {option: weight_files(place) for option, place, _ in weights_on_disk(config)}
    described = to_dict(config) | class_names_entry(config.data) | contents({**config.data.files, **weights})
    if config.run.deterministic:
        tf.config.experimental.enable_op_determinism()
    strategy = make_strategy(config.distribution)
    if is_chief(strategy):
        print(json.dumps(described, indent=2))
    with peers(strategy):
        return _train(config, described, strategy)


def _train(config: TrainConfig, described: dict[str, Any], strategy: tf.distribute.Strategy) -> int:
    # before the directory is bound: a file that is missing must not leave it to a configuration that cannot run
    trainer, data, batches = build_training(config, strategy)
    batches.check(strategy)
    if config.run.dry_run:
        print(f"dry run: {trainer.cgn.count_params():,} values in the model; nothing was written.")
        return 0
    scheduled = config.optimizer.lr_decay_steps or config.loss.instance_noise_moves
    mutable = RESUMABLE - ({"steps"} if scheduled else set())
    job = TrainingJob(trainer, batches, config.run.steps, config.run.workdir, described, mutable, config.distribution)

    def callbacks(workdir: WorkDir) -> Sequence[Callback]:
        progress, samples, every = Progress(), Samples(trainer, data), config.run.sample_grid_every
        board = TensorBoard(workdir.logs, config.run.log_every, config.run.batch_size)
        guard = MaskGuard(samples.masks, every, progress.log)
        sample_grids = SampleGrids(samples.sample_grids, workdir.sample_grids, workdir.logs, every)
        return [
            Decoration(progress, "the progress", progress.log),
            # before the checkpoint: figures of a step that is saved are not made again
            Decoration(board, "the figures for TensorBoard", progress.log),
            Checkpointer(trainer, workdir.checkpoints, described, config.run.checkpoint_every, config.run.keep),
            Decoration(guard, "what the masks look like", progress.log),
            Decoration(sample_grids, "the sample grids", progress.log),
        ]

    def completed(workdir: WorkDir, trained: bool) -> None:
        if trained:
            print(
                f"{config.run.workdir}: {config.run.steps} steps done; sample grids in {workdir.sample_grids}, "
                f"TensorBoard in {workdir.logs}."
            )

    return run(job, strategy, callbacks, completed)
