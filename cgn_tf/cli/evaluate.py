"""Judges a digit CGN."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.evaluate import EvaluateConfig


def evaluate(config: EvaluateConfig) -> None:
    """Do the masks read as their shape label, and have the strokes the colour of their texture label?"""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import evaluate_run

    evaluate_run.evaluate(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `evaluate.py --model=DIR --dataset=colored_mnist`; returns its exit code."""
    return run_command(evaluate, EvaluateConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
