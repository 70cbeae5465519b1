"""Two updates of the CGN of BigGAN and U²-Net, in small and step by step, and how far each moved the weights.

    python tests/training/imagenet_updates.py OUTPUT.npz FLAGS...

Without a graph, whose making takes longer than these updates. The weights start well beside those of the reference: on
them, image and reference would differ by rounding alone, and |x| would have no gradient that two computations agree on;
neither would U²-Net's pooling of images with flat regions, which those of a random BigGAN have. For the same reason
each update has a start of its own instead of the weights that the other left: where these differ in the last bit, so do
the images, and among a million pooled windows there are some in which another pixel is then the largest. A part of a
batch is two images, since those of one image alone are computed in another order (see `SpectralConv`).
"""

from __future__ import annotations

import sys

import numpy as np
import tensorflow as tf

from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.options.command_line import parse
from cgn_tf.training.loop import StepRunner
from cgn_tf.training.strategy import make_strategy
from tests.programs import ROOT

TINY = [f"--flagfile={ROOT / 'configs' / 'imagenet_tiny.flags'}", "--dry_run"]
# SGD, because Adam would hide gradients of a wrong scale.
SGD = ["--optimizer=sgd", "--shape_lr=1e-6", "--texture_lr=1e-6", "--background_lr=1e-6"]


def main(output: str, flags: list[str]) -> None:
    config = parse(TrainConfig, [*TINY, "--batch_size=4", "--micro_batches=1", *SGD, *flags])
    # sums in one order, whatever the batch: a last bit of an image can be another pixel that pooling takes
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    strategy = make_strategy(config.distribution)
    tf.config.run_functions_eagerly(True)
    trainer, _, data_batches = build_training(config, strategy)
    variables = [variable for group in trainer.groups.values() for variable in group.variables]
    reference = [variable.numpy() for variable in variables]
    steps = StepRunner(trainer, strategy)
    batches = iter(data_batches.distributed(0, strategy))
    moved = {}
    for update in (1, 2):
        random = np.random.default_rng(update)
        for variable, value in zip(variables, reference, strict=True):
            variable.assign(value + 0.5 * value.std() * random.standard_normal(value.shape).astype(np.float32))
        begun = {name: variable.numpy() for name, variable in trainer.state()["model"].items()}
        steps(batches, 1)
        for name, variable in trainer.state()["model"].items():
            moved[f"update {update}|" + name.replace("/", "|")] = variable.numpy() - begun[name]
    np.savez(output, **moved)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
