"""What the training command does once its command line is right."""

from __future__ import annotations

import json
import signal
import sys

import keras
import numpy as np
import tensorflow as tf

from cgn_tf.build import build_batches, build_data, build_trainer
from cgn_tf.config.options import to_dict
from cgn_tf.config.train import RESUMABLE, TrainConfig
from cgn_tf.data.digit_dataset import DigitData
from cgn_tf.render.sheets import SheetInputs, training_sheet
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.checkpointer import Checkpointer, restore
from cgn_tf.training.finite_guard import FiniteGuard
from cgn_tf.training.interrupts import Interrupts
from cgn_tf.training.loop import run_steps
from cgn_tf.training.mask_guard import MaskGuard
from cgn_tf.training.progress import Progress
from cgn_tf.training.sheet_writer import SheetWriter
from cgn_tf.training.tensorboard import TensorBoard
from cgn_tf.training.workdir import WorkDir

SHEET_SEED = 0
MASKS_PER_CLASS = 16


def train(config: TrainConfig) -> int:
    """Trains, or goes on where an earlier run of the same configuration ended; returns the exit code of the process."""
    described = to_dict(config)
    print(json.dumps(described, indent=2))
    if config.run.deterministic:
        tf.config.experimental.enable_op_determinism()
    if config.run.dry_run:
        trainer, _ = _prepare(config)
        print(f"dry run: {trainer.cgn.count_params():,} values in the model; nothing was written.")
        return 0
    mutable = RESUMABLE - ({"steps"} if config.optimizer.lr_decay_steps else set())
    # before the directory is claimed: a file that is missing must not leave it to a configuration that cannot run
    trainer, data = _prepare(config)
    with WorkDir(config.run.workdir) as workdir, Interrupts() as interrupted:
        workdir.claim(described, mutable)
        start = restore(trainer, workdir.checkpoints, lambda message: print(f"warning: {message}", file=sys.stderr))
        if start >= config.run.steps:
            more = "raise --steps to go on" if "steps" in mutable else "its learning rates have decayed"
            print(f"{config.run.workdir}: all {start} steps are done; {more}.")
            return 0
        progress = Progress()
        done = run_steps(
            trainer,
            build_batches(config, trainer, data)(start),
            start,
            config.run.steps,
            [
                FiniteGuard(),
                progress,
                TensorBoard(workdir.logs, config.run.log_every, config.run.batch_size),
                MaskGuard(lambda: _masks(trainer), config.run.sheet_every, progress.say),
                SheetWriter(lambda: _sheets(trainer, data), workdir.sheets, workdir.logs, config.run.sheet_every),
                Checkpointer(
                    trainer,
                    workdir.checkpoints,
                    described,
                    config.run.checkpoint_every,
                    config.run.keep,
                    stop_requested=lambda: interrupted.requested is not None,
                ),
            ],
            stop_requested=lambda: interrupted.requested is not None,
        )
    if interrupted.requested:
        print(f"stopped by {interrupted.requested} after step {done}, which is saved; the same command goes on there.")
        return 128 + int(getattr(signal, interrupted.requested))
    print(f"{config.run.workdir}: {done} steps done; sheets in {workdir.sheets}, TensorBoard in {workdir.logs}.")
    return 0


def _prepare(config: TrainConfig) -> tuple[CGNTrainer, DigitData]:
    return build_trainer(config), build_data(config.data, "train", config.run.seed)


def _sheets(trainer: CGNTrainer, data: DigitData) -> dict[str, np.ndarray]:
    """Sheets at noise that is the same at every step, beside one real image of each class."""
    generator = trainer.generator
    inputs = SheetInputs.draw(generator.num_classes, generator.noise_dim, SHEET_SEED)
    batch = data.batch(tf.constant(0, tf.int64), 256)
    labels, images = batch["labels"].shape.numpy(), batch["image"].numpy()
    reference = np.stack([images[np.argmax(labels == label)] for label in range(generator.num_classes)])
    return training_sheet(generator, inputs, reference)


def _masks(trainer: CGNTrainer) -> tuple[np.ndarray, np.ndarray]:
    generator = trainer.generator
    labels = np.repeat(np.arange(generator.num_classes, dtype=np.int32), MASKS_PER_CLASS)
    noise = np.random.RandomState(SHEET_SEED).standard_normal((len(labels), generator.noise_dim)).astype(np.float32)
    return keras.ops.convert_to_numpy(generator(noise, labels).mask), labels
