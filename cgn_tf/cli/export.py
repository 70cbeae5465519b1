"""Exports a model for TF Serving."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.export import ExportConfig


def export(config: ExportConfig) -> None:
    """Writes a CGN or a classifier of digits as a SavedModel, the next version in a directory that TF Serving loads."""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import export_run

    export_run.export(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `export.py --model=DIR --output_dir=SERVING/cgn`; returns its exit code."""
    return run_command(export, ExportConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
