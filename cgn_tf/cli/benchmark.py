"""Measures speed and memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.benchmark import BenchmarkConfig


def benchmark(config: BenchmarkConfig) -> None:
    """How fast are data, training and generation on this machine, and how much memory do they take?"""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import benchmark_run

    benchmark_run.benchmark(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `benchmark.py --configurations=quickstart`; returns its exit code."""
    return run_command(benchmark, BenchmarkConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
