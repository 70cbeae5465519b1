"""A masker that ignores the shape mechanism."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from cgn_tf.models.contract import MaskerPart, MaskerRequest, Premask


@keras.saving.register_keras_serializable("cgn_tf")
class FullMasker(keras.layers.Layer):
    """Every mask is 1, so that the texture mechanism draws the whole image: a CGN becomes a class-conditional GAN.

    The paper's baseline with everything else equal. [B, H, W, 1] → [B, H, W, 1].
    """

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, premask: Any) -> Any:
        return ops.ones_like(premask)


@dataclass(frozen=True)
class FullOptions:
    """Masker full: a mask of 1 everywhere."""


def _make(options: FullOptions, request: MaskerRequest) -> FullMasker:
    return FullMasker(name="masker")


FULL = MaskerPart(
    "full",
    "1 everywhere: the texture mechanism draws the whole image, and the CGN is a class-conditional GAN.",
    FullOptions,
    _make,
    frozenset({Premask.VALUES, Premask.LOGITS}),
    ignores=frozenset({"shape", "background"}),
)
