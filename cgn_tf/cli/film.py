"""The command `film`."""

from __future__ import annotations

from cgn_tf.render.film_config import FilmConfig
from cgn_tf.render.film_of_run import make_film


def film(config: FilmConfig) -> None:
    """Makes the film of a run, and prints how long and large it is."""
    frames, size = make_film(config)
    print(f"{config.target}: {frames} frames, {size / 1e6:.1f} MB.")
