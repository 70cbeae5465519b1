"""No salient object may remain in the background (Sauer & Geiger 2021, L_bg)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from cgn_tf.losses.contract import LossPart, Need, always
from cgn_tf.options.declaration import check_options, option


def mean_saliency(saliency_map: Any) -> Any:
    """Mean of the masker's answer to the background image. [B, H, W, 1] → [B]."""
    return ops.mean(saliency_map, axis=(1, 2, 3))


@dataclass(frozen=True)
class BackgroundOptions:
    """Loss background: objects that remain in the background."""

    background_weight: float = option(
        0.0, "Weight of the mean of what the saliency network finds in the background.", minimum=0.0
    )

    def __post_init__(self) -> None:
        check_options(self)


BACKGROUND = LossPart(
    name="background",
    summary="Mean of what the saliency network finds in the background.",
    options=BackgroundOptions,
    weight=lambda options: options.background_weight,
    make=lambda options: lambda inputs: mean_saliency(inputs.background_saliency),
    requires=always(Need.SALIENCY),
    paper_loss="bg",
    trains=frozenset({"background"}),
)
