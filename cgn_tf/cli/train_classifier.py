"""Trains a classifier of digits."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.train_classifier import TrainClassifierConfig


def train_classifier(config: TrainClassifierConfig) -> int:
    """Trains the paper's classifier on digits or counterfactuals, and tests it; the same command goes on or tests."""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import train_classifier_run

    return train_classifier_run.train_classifier(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `train_classifier.py --flagfile=configs/X.flags --workdir=DIR`; returns its exit code."""
    return run_command(train_classifier, TrainClassifierConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
