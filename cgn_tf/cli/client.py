"""Asks a model server for images, or what digits are on images."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.client import ClientConfig


def ask(config: ClientConfig) -> None:
    """Asks a TF Serving for counterfactual images, and writes them as PNG files, or what digits are on images."""
    # imported here: a wrong command line is answered without what gRPC needs
    if config.task == "classify":
        from cgn_tf.cli import client_classify_run

        client_classify_run.classify(config)
    else:
        from cgn_tf.cli import client_images_run

        client_images_run.write_images(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `client.py --output_dir=DIR --seeds=0,1 --shapes=3 --textures=7`; returns its exit code."""
    return run_command(ask, ClientConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
