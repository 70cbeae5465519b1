"""Judges a digit CGN, or classifiers of digits."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.evaluate import EvaluateConfig


def evaluate(config: EvaluateConfig) -> None:
    """Judges CGNs and classifiers of digits: do masks, colours and predictions follow their own factor alone?"""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    if config.suite == "masks":
        from cgn_tf.cli import evaluate_run

        evaluate_run.evaluate(config)
    else:
        from cgn_tf.cli import evaluate_digits_run

        evaluate_digits_run.evaluate(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `evaluate.py --model=DIR --dataset=colored_mnist`, or with --suite; returns its exit code."""
    return run_command(evaluate, EvaluateConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
