"""Objects do not fill the frame: what tells a mask from its inverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from cgn_tf.losses.contract import LossPart
from cgn_tf.options.declaration import check_options, option


def mask_border(mask: Any, width: int = 4, dark: float = 0.01) -> Any:
    """Mean of what the mask has above `dark` on the frame of `width` pixels. [B, H, W, 1] → [B].

    The composition is symmetric: 1 − m with texture and background exchanged gives the same image. That objects do not
    fill the frame is what tells the two apart. Where the frame is dark nothing is left to gain: a steady pull there
    would, through the instance norm before the mask, lift the interior.
    """
    above = ops.relu(mask - dark)
    total = ops.sum(above, axis=(1, 2, 3))
    inside = ops.sum(above[:, width:-width, width:-width], axis=(1, 2, 3))
    rows, columns = mask.shape[1], mask.shape[2]
    return (total - inside) / (rows * columns - (rows - 2 * width) * (columns - 2 * width))


@dataclass(frozen=True)
class MaskBorderOptions:
    """Loss mask_border: masks that reach the frame of the image."""

    mask_border_weight: float = option(
        0.0, "Weight of the mask's mean on its frame of `mask_border_width` pixels.", minimum=0.0
    )
    mask_border_width: int = option(4, "Pixels of that frame.", minimum=1, maximum=15)

    def __post_init__(self) -> None:
        check_options(self)


MASK_BORDER = LossPart(
    name="mask_border",
    summary="Mean of the mask on its frame.",
    options=MaskBorderOptions,
    weight=lambda options: options.mask_border_weight,
    make=lambda options: lambda inputs: mask_border(inputs.composite.mask, options.mask_border_width),
    paper_loss="shape",
    trains=frozenset({"shape"}),
)
