"""The option that all discriminators have."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.options.declaration import check_options, option


@dataclass(frozen=True)
class WidthOptions:
    """Discriminators: their width."""

    discriminator_width: int = option(
        0, "Hidden units of the linear discriminator, first channels of the others; 0: the usual 512 or 32.", minimum=0
    )

    def __post_init__(self) -> None:
        check_options(self)
