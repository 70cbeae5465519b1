"""Images of one class have to vary with the noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from cgn_tf.losses.contract import LossPart, Need, always
from cgn_tf.losses.pair_difference import missing_difference
from cgn_tf.options.declaration import check_options, option

_CELL = 4
"""Pixels: images are compared by the means of such squares, so that grain does not count as variety."""


def image_diversity(image: Any, target: float = 0.4) -> Any:
    """By how much two images of one class and different noise differ too little: max(0, 1 − d/target).

    d is the mean absolute difference of the two over the mean absolute deviation of a pixel from the mean colour of its
    image, both of means over 4×4 pixels; real images of one class have 0.6 in colored and double-colored MNIST and 1.3
    in wildlife MNIST.

    Args:
        image: [B, H, W, C], B even, H and W multiples of 4; images 2i and 2i + 1 are of one class.
        target: of d.

    Returns:
        [B], the same for the two images of a pair.
    """
    cells = ops.average_pool(image, _CELL, _CELL)
    return missing_difference(cells, ops.abs(cells - ops.mean(cells, axis=(1, 2), keepdims=True)), target)


@dataclass(frozen=True)
class ImageDiversityOptions:
    """Loss image_diversity: images of one class that are too alike."""

    image_diversity_weight: float = option(
        0.0,
        "Weight of how much two images of one class differ too little; needs `generated_labels=paired_noise`.",
        minimum=0.0,
    )
    image_diversity_target: float = option(
        0.4,
        "Their mean difference, relative to how far pixels are from the mean colour, that is enough; real digits have "
        "0.6 and more.",
        above=0.0,
    )

    def __post_init__(self) -> None:
        check_options(self)


IMAGE_DIVERSITY = LossPart(
    name="image_diversity",
    summary="By how much two images of one class differ too little.",
    options=ImageDiversityOptions,
    weight=lambda options: options.image_diversity_weight,
    make=lambda options: lambda inputs: image_diversity(inputs.composite.image, options.image_diversity_target),
    requires=always(Need.PAIRED_NOISE),
)
