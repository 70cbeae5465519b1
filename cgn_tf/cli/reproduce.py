"""Makes rows of the results table."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.reproduce import ReproduceConfig


def reproduce(config: ReproduceConfig) -> None:
    """Trains generators and classifiers of a variant end to end, keeps results, compares; the same command goes on."""
    # imported here: a wrong command line is answered at once
    from cgn_tf.cli import reproduce_run

    reproduce_run.reproduce(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `reproduce.py --dataset=colored_mnist`; returns its exit code."""
    return run_command(reproduce, ReproduceConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
