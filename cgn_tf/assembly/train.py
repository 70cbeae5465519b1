"""A training of a CGN: from its configuration to the end of the run."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from cgn_tf.assembly.batches import build_batches
from cgn_tf.assembly.required_weights import weights_on_disk
from cgn_tf.assembly.train_config import RESUMABLE, TrainConfig
from cgn_tf.assembly.trainer import build_trainer
from cgn_tf.assembly.user_callbacks import UserCallbacks
from cgn_tf.checkpoints.pretrained import weight_files
from cgn_tf.datasets.class_names_entry import class_names_entry
from cgn_tf.datasets.contract import Dataset
from cgn_tf.files.contents import contents
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.options.former_options import default_values
from cgn_tf.training.callbacks.checkpointer import Checkpointer
from cgn_tf.training.callbacks.decoration import Decoration
from cgn_tf.training.callbacks.mask_guard import MaskGuard
from cgn_tf.training.callbacks.progress import Progress
from cgn_tf.training.callbacks.sample_grids import SampleGrids
from cgn_tf.training.callbacks.tensorboard import TensorBoard
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.session import TrainingJob, peers, run
from cgn_tf.training.strategy import is_chief, make_strategy
from cgn_tf.training.training_batches import TrainingBatches
from cgn_tf.training.waiting import Waiting
from cgn_tf.training.workdir import WorkDir


class Training(NamedTuple):
    """What a configuration stands for: a trainer, the data set's training split, and the batches of its steps."""

    trainer: CGNTrainer
    data: Dataset
    batches: TrainingBatches


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
    own = UserCallbacks(config.run.callbacks)
    # the data and weights may move, but not become others while a run goes on
    weights = {option: weight_files(place) for option, place, _ in weights_on_disk(config)}
    described = to_dict(config) | class_names_entry(config.data) | contents({**config.data.files, **weights})
    if config.run.deterministic:
        tf.config.experimental.enable_op_determinism()
    strategy = make_strategy(config.distribution)
    if is_chief(strategy) and (config.run.print_config or config.run.dry_run):
        print(json.dumps(described, indent=2))
    with peers(strategy):
        return _train(config, described, strategy, own)


def _train(config: TrainConfig, described: dict[str, Any], strategy: tf.distribute.Strategy, own: UserCallbacks) -> int:
    # before the directory is bound: a file that is missing must not leave it to a configuration that cannot run
    with Waiting("loading data and weights") if is_chief(strategy) else contextlib.nullcontext():
        trainer, _, batches = build_training(config, strategy)
    batches.check(strategy)
    if config.run.dry_run:
        print(f"dry run: {trainer.cgn.count_params():,} values in the model; nothing was written.")
        return 0
    mutable = RESUMABLE - ({"steps"} if config.has_schedule else set())
    defaults, further = default_values(TrainConfig), own.make(described)
    job = TrainingJob(trainer, batches, config.run.workdir, described, mutable, further, defaults)

    def callbacks(workdir: WorkDir) -> Sequence[keras.callbacks.Callback]:
        progress, every = Progress(), config.run.sample_grid_every
        board = TensorBoard(workdir.logs, config.run.log_every, described)
        sample_grids = SampleGrids(workdir.sample_grids, every, workdir.logs)
        return [
            Decoration(progress, "the progress", progress.log),
            # before the checkpoint: figures of a step that is saved are not made again
            Decoration(board, "the figures for TensorBoard", progress.log),
            Checkpointer(workdir.checkpoints, described, config.run.checkpoint_every, config.run.keep),
            Decoration(MaskGuard(every, progress.log), "what the masks look like", progress.log),
            Decoration(sample_grids, "the sample grids", progress.log),
        ]

    def completed(workdir: WorkDir, trained: bool) -> None:
        if trained:
            print(
                f"{config.run.workdir}: {trainer.steps_done} steps done; sample grids in {workdir.sample_grids}, "
                f"TensorBoard in {workdir.logs}."
            )

    return run(job, strategy, callbacks, completed)
