"""Pixels of a mask have to decide (Sauer & Geiger 2021, L_shape)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from keras import ops

from cgn_tf.losses.contract import LossPart
from cgn_tf.options.declaration import check_options, option


def binary_entropy(mask: Any) -> Any:
    """Mean entropy of the pixels in bits: 0 where decided, 1 at one half. Mask [B, H, W, 1] in (0, 1) → [B]."""
    nats = -(mask * ops.log(mask) + (1.0 - mask) * ops.log(1.0 - mask))
    return ops.mean(nats, axis=(1, 2, 3)) / math.log(2.0)


@dataclass(frozen=True)
class BinaryEntropyOptions:
    """Loss binary_entropy: pixels of a mask that do not decide."""

    binary_entropy_weight: float = option(0.1, "Weight of the mask's mean binary entropy, in bits.", minimum=0.0)

    def __post_init__(self) -> None:
        check_options(self)


BINARY_ENTROPY = LossPart(
    name="binary_entropy",
    summary="Binary entropy of the mask, in bits.",
    options=BinaryEntropyOptions,
    weight=lambda options: options.binary_entropy_weight,
    make=lambda options: lambda inputs: binary_entropy(inputs.composite.mask),
    paper_loss="shape",
    trains=frozenset({"shape"}),
)
