"""A mask must neither vanish nor fill the image (Sauer & Geiger 2021, L_shape)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from cgn_tf.errors import ConfigError
from cgn_tf.losses.contract import LossPart
from cgn_tf.options.declaration import check_options, option


def mask_size(mask: Any, low: float = 0.1, high: float = 0.9) -> Any:
    """By how much the mean of the mask leaves [low, high]. [B, H, W, 1] → [B]."""
    # subtracted before the mean: the mean of small differences keeps the digits that a difference of means loses
    below = ops.mean(low - mask, axis=(1, 2, 3))
    above = ops.mean(mask - high, axis=(1, 2, 3))
    return ops.relu(below) + ops.relu(above)


@dataclass(frozen=True)
class MaskSizeOptions:
    """Loss mask_size: masks that are too small or too large."""

    mask_size_weight: float = option(
        0.0,
        "Weight of how far the mean of the mask leaves [`mask_size_min`, `mask_size_max`].",
        minimum=0.0,
    )
    mask_size_min: float = option(0.1, "Lower end of the mask's mean without a loss.", minimum=0.0, maximum=1.0)
    mask_size_max: float = option(0.9, "Upper end of the mask's mean without a loss.", minimum=0.0, maximum=1.0)

    def __post_init__(self) -> None:
        check_options(self)
        if self.mask_size_min >= self.mask_size_max:
            raise ConfigError(
                f"`mask_size_min`: expected less than `mask_size_max` ({self.mask_size_max}), got {self.mask_size_min}."
            )


MASK_SIZE = LossPart(
    name="mask_size",
    summary="By how much the mean of the mask leaves a range.",
    options=MaskSizeOptions,
    weight=lambda options: options.mask_size_weight,
    make=lambda options: lambda inputs: mask_size(inputs.composite.mask, options.mask_size_min, options.mask_size_max),
    paper_loss="shape",
    trains=frozenset({"shape"}),
)
