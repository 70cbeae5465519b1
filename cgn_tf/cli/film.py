"""Makes a film of a training run."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cgn_tf.cli.app import run_command
from cgn_tf.config.film import FilmConfig


def film(config: FilmConfig) -> None:
    """Makes a film of the image sheets of a training run: masks emerge, backgrounds are inpainted."""
    # imported here: a wrong command line is answered at once, without the seconds and the lines that TensorFlow takes
    from cgn_tf.cli import film_run

    film_run.film(config)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `film.py --workdir=RUN`; returns its exit code."""
    return run_command(film, FilmConfig, argv)


if __name__ == "__main__":
    sys.exit(main())
