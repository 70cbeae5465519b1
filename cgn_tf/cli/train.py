"""Trains a CGN."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.cli.required_weights import require_weights
from cgn_tf.config.train import TrainConfig


def train(config: TrainConfig) -> int:
    """Trains a Counterfactual Generative Network; the same command goes on where an earlier run ended."""
    require_weights(config)
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import train_run

    return train_run.train(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `train.py --flagfile=configs/X.flags --workdir=DIR`; returns its exit code."""
    return run_command(train, TrainConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
