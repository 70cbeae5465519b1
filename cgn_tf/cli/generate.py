"""Makes a data set of counterfactuals."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.generate import GenerateConfig


def generate(config: GenerateConfig) -> None:
    """Makes a data set of counterfactuals that TFDS reads; the same command goes on where an earlier one ended."""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import generate_run

    generate_run.generate(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `generate.py --model=DIR --output_dir=OUT --num_images=N`; returns its exit code."""
    return run_command(generate, GenerateConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
