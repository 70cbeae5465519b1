"""Tabulates the results."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.results_table import ResultsTableConfig


def results_table(config: ResultsTableConfig) -> None:
    """Writes the table of all results, beside the published figures, into the README."""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import results_table_run

    results_table_run.results_table(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `results_table.py --results=results --readme=README.md [--check]`; returns its exit code."""
    return run_command(results_table, ResultsTableConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
