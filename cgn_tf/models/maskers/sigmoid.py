"""A masker of logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from cgn_tf.models.contract import MaskerPart, MaskerRequest, Premask
from cgn_tf.models.maskers.bounds import MASK_MAX, MASK_MIN


@keras.saving.register_keras_serializable("cgn_tf")
class SigmoidMasker(keras.layers.Layer):
    """Logits → mask in [1e-4, 1 − 1e-4]: a gradient everywhere, unlike the clipping. [B, H, W, 1] → [B, H, W, 1]."""

    def __init__(self, **kwargs: Any) -> None:
        # float32 always: in bfloat16 the upper end is 1
        super().__init__(**{**kwargs, "dtype": "float32"})

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, premask: Any) -> Any:
        return MASK_MIN + (MASK_MAX - MASK_MIN) * ops.sigmoid(premask)


@dataclass(frozen=True)
class SigmoidOptions:
    """Masker sigmoid: the sigmoid of the premask."""


def _make(options: SigmoidOptions, request: MaskerRequest) -> SigmoidMasker:
    return SigmoidMasker(name="masker")


SIGMOID = MaskerPart("sigmoid", "The sigmoid of logits.", SigmoidOptions, _make, frozenset({Premask.LOGITS}))
