"""Distance to the reference image (Sauer & Geiger 2021, L_rec)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from cgn_tf.losses.contract import LossPart, Need, always
from cgn_tf.options.declaration import check_options, option


def l1(images: Any, reference: Any) -> Any:
    """Mean absolute difference. Two [B, H, W, C] → [B]."""
    return ops.mean(ops.abs(images - reference), axis=(1, 2, 3))


@dataclass(frozen=True)
class ReconstructionOptions:
    """Loss reconstruction: L1 distance to the reference image."""

    reconstruction_weight: float = option(0.0, "Weight of the L1 distance to the reference image.", minimum=0.0)

    def __post_init__(self) -> None:
        check_options(self)


RECONSTRUCTION = LossPart(
    name="reconstruction",
    summary="L1 distance to the reference image.",
    options=ReconstructionOptions,
    weight=lambda options: options.reconstruction_weight,
    make=lambda options: lambda inputs: l1(inputs.composite.image, inputs.reference),
    requires=always(Need.REFERENCE, Need.PAIRED_REFERENCE),
    paper_loss="rec",
)
