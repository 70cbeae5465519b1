"""Which source a configuration means."""

from __future__ import annotations

from cgn_tf.challenge.config import BuildChallengeConfig
from cgn_tf.challenge.contract import Source


def open_source(config: BuildChallengeConfig) -> Source:
    """The images and masks that a configuration names.

    Raises:
        CommandError: they cannot be had.
    """
    if config.model:
        from cgn_tf.challenge.sources.generated import GeneratedImages  # each source imports what it alone needs

        return GeneratedImages(config)
    if config.backgrounds:
        from cgn_tf.challenge.sources.cutouts import Cutouts

        return Cutouts(config)
    from cgn_tf.challenge.sources.photographs import Photographs

    return Photographs(config)
