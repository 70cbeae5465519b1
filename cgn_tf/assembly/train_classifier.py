"""A training of a classifier: from its configuration to its figures."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Sequence

import keras
import tensorflow as tf

from cgn_tf import checkpoints
from cgn_tf.assembly.classifier import (
    build_classifier_training,
    build_training_images,
    check_classifier_data,
    resolved,
)
from cgn_tf.assembly.classifier_config import RESUMABLE, TrainClassifierConfig
from cgn_tf.assembly.classifier_metrics import Trained, classifier_metrics
from cgn_tf.assembly.near_chance import near_chance
from cgn_tf.assembly.user_callbacks import UserCallbacks
from cgn_tf.datasets.class_names_entry import class_names_entry
from cgn_tf.evaluation.classifier_metrics import write_metrics
from cgn_tf.files.contents import contents
from cgn_tf.files.json_file import json_text
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.options.former_options import default_values
from cgn_tf.render.image_progress import ImageProgress
from cgn_tf.training.callbacks.checkpointer import Checkpointer
from cgn_tf.training.callbacks.decoration import Decoration
from cgn_tf.training.callbacks.progress import Progress
from cgn_tf.training.callbacks.stopwatch import Stopwatch, read_seconds
from cgn_tf.training.callbacks.tensorboard import TensorBoard
from cgn_tf.training.session import TrainingJob, peers, run
from cgn_tf.training.strategy import is_chief, make_strategy
from cgn_tf.training.workdir import WorkDir

SHOWN = ("loss/total", "raw/irm_penalty", "accuracy")
CLOCK_FILE = "seconds.json"
_SHOWN_FROM = 50_000


def train_classifier(config: TrainClassifierConfig) -> int:
    """Trains and tests, or goes on where an earlier run of the same configuration ended; returns the exit code."""
    own = UserCallbacks(config.run.callbacks)
    if config.run.deterministic:
        tf.config.experimental.enable_op_determinism()
    strategy = make_strategy(config.distribution)
    with peers(strategy):
        return _train(config, strategy, own)


def _train(config: TrainClassifierConfig, strategy: tf.distribute.Strategy, own: UserCallbacks) -> int:
    # before the directory is claimed: a file that is missing must not leave it to a configuration that cannot run
    check_classifier_data(config)
    images = build_training_images(config, _reading if is_chief(strategy) else None)
    config = resolved(config, images)
    # files and directories may move, but not become others while a run goes on
    described = to_dict(config) | class_names_entry(config.data) | contents(config.data.files)
    if images.origins:
        described["counterfactual_data"] = images.origins
    if is_chief(strategy) and (config.run.print_config or config.run.dry_run):
        print(json.dumps(described, indent=2))
    trainer, batches = build_classifier_training(config, images, strategy)
    batches.check(strategy)
    if config.run.dry_run:
        print(f"dry run: {trainer.classifier.count_params():,} values in the model; nothing was written.")
        return 0
    mutable = RESUMABLE - ({"steps", "epochs"} if batches.has_end else set())
    defaults, further = default_values(TrainClassifierConfig), own.make(described)
    job = TrainingJob(trainer, batches, config.run.workdir, described, mutable, further, defaults)

    def callbacks(workdir: WorkDir) -> Sequence[keras.callbacks.Callback]:
        progress = Progress(shown=SHOWN)
        board = TensorBoard(workdir.logs, config.run.log_every, described)
        stopwatch = Stopwatch(workdir.path / CLOCK_FILE, config.run.checkpoint_every)
        return [
            Decoration(progress, "the progress", progress.log),
            # before the checkpoint: figures of a step that is saved are not made again
            Decoration(board, "the figures for TensorBoard", progress.log),
            Checkpointer(workdir.checkpoints, described, config.run.checkpoint_every, config.run.keep),
            Decoration(stopwatch, "the time of the training", progress.log),
        ]

    def completed(workdir: WorkDir, trained: bool) -> None:
        # the weights that were saved, in a network of one device
        model, origin = checkpoints.load_with_source(workdir.path)
        seconds = read_seconds(workdir.path / CLOCK_FILE, origin.step)
        metrics = classifier_metrics(model, config, described, images.batches, Trained(origin.step, seconds))
        write_metrics(workdir.path, metrics)
        print(json_text(dataclasses.asdict(metrics)))
        if message := near_chance(config, metrics, model.num_classes):
            print(f"warning: {message}", file=sys.stderr)

    return run(job, strategy, callbacks, completed)


def _reading(total: int) -> contextlib.AbstractContextManager[ImageProgress | None]:
    """Shows how many images are read; of some tens of thousands nothing, since that takes a moment."""
    return ImageProgress(total, 0) if total > _SHOWN_FROM else contextlib.nullcontext()
