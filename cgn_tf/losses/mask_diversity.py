"""Masks of one class have to vary with the noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cgn_tf.losses.contract import LossPart, Need, always
from cgn_tf.losses.pair_difference import missing_difference
from cgn_tf.options.declaration import check_options, option


def mask_diversity(mask: Any, target: float = 0.5) -> Any:
    """By how much two masks of one class and different noise differ too little: max(0, 1 − d/target).

    d is the mean absolute difference of the two over the mean of both; for real strokes of one digit it is 0.74 to
    1.04.

    Args:
        mask: [B, H, W, 1], B even; masks 2i and 2i + 1 are of one class.
        target: of d.

    Returns:
        [B], the same for the two masks of a pair.
    """
    return missing_difference(mask, mask, target)


@dataclass(frozen=True)
class MaskDiversityOptions:
    """Loss mask_diversity: masks of one class that are too alike."""

    mask_diversity_weight: float = option(
        0.0,
        "Weight of how much two masks of one class differ too little; needs `generated_labels=paired_noise`.",
        minimum=0.0,
    )
    mask_diversity_target: float = option(
        0.5, "Their mean difference, relative to their mean, that is enough; real digits have 0.7 to 1.", above=0.0
    )

    def __post_init__(self) -> None:
        check_options(self)


MASK_DIVERSITY = LossPart(
    name="mask_diversity",
    summary="By how much two masks of one class differ too little.",
    options=MaskDiversityOptions,
    weight=lambda options: options.mask_diversity_weight,
    make=lambda options: lambda inputs: mask_diversity(inputs.composite.mask, options.mask_diversity_target),
    requires=always(Need.PAIRED_NOISE),
    paper_loss="shape",
    trains=frozenset({"shape"}),
)
