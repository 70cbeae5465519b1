"""Which U²-Net to load, and what images become in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.types import NORMALISATIONS

SOURCE = "source"
"""Stands for what is right for the weights that are given."""
WEIGHTS = "u2net.pth, u2netp.pth, u2net.onnx or u2netp.onnx (those of rembg), or what the convert command wrote"
_ALIGNED = {"true": True, "false": False}


@dataclass(frozen=True)
class MaskerOptions:
    """Saliency network: U²-Net, which finds objects."""

    masker_weights: str = path_option("", f"Weights of U²-Net: {WEIGHTS}.", PathUse.READ)
    masker_size: int = option(
        0,
        "Pixels of the square that images are resized to in front of U²-Net, whose masks are resized back; 0: what is "
        "right for the weights, 320 of .onnx, the images' own size of .pth, of the convert command's what it "
        "recorded; -1: the images' own size.",
        minimum=-1,
    )
    masker_normalisation: str = option(
        SOURCE,
        "What U²-Net's input is: raw, images in [-1, 1]; imagenet, divided by their maximum, minus ImageNet's mean, "
        "divided by its standard deviation; source, what is right for the weights, imagenet of .onnx, raw of .pth, of "
        "the convert command's what it recorded.",
        choices=(SOURCE, *NORMALISATIONS),
    )
    masker_align_corners: str = option(
        SOURCE,
        "Whether resizing inside U²-Net keeps the corners in place: true, false, or source, what is right for the "
        "weights, false of .onnx, true of .pth, of the convert command's what it recorded.",
        choices=(SOURCE, *_ALIGNED),
    )

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def given_input(self) -> dict[str, Any]:
        """Arguments of `U2Net` that are not left to the source of the weights."""
        given: dict[str, Any] = {}
        if self.masker_size:
            given["input_size"] = self.masker_size if self.masker_size > 0 else None
        if self.masker_normalisation != SOURCE:
            given["normalisation"] = self.masker_normalisation
        if self.masker_align_corners != SOURCE:
            given["align_corners"] = _ALIGNED[self.masker_align_corners]
        return given
