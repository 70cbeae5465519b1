"""Turns foreign weights into a checkpoint of this project."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.convert import ConvertConfig


def convert(config: ConvertConfig) -> None:
    """Reads foreign weights in the format `--source` and writes a checkpoint to the directory `--output`."""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import convert_run

    convert_run.convert(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `convert.py --source=torch --input=X.pth --output=DIR`; returns its exit code."""
    return run_command(convert, ConvertConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
