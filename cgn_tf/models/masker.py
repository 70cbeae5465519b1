"""From the shape mechanism's premask to a mask (digits)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.ops.ranges import clip, clip_straight_through

MASK_MIN, MASK_MAX = 1e-4, 1.0 - 1e-4
"""The open interval that keeps the mask's entropy finite."""


@keras.saving.register_keras_serializable("cgn_tf")
class ClipMasker(keras.layers.Layer):
    """Clips the premask to [1e-4, 1 − 1e-4] (the digit CGN). [B, H, W, 1] → [B, H, W, 1].

    Args:
        straight_through: let gradients pass where the premask is clipped; the mask itself is the same. The PyTorch
            reference stops them there (False), so that pixels once out of range are lost to training.
    """

    def __init__(self, straight_through: bool = True, **kwargs: Any) -> None:
        # float32 always: in bfloat16 the upper end is 1
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.straight_through = straight_through

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, premask: Any) -> Any:
        clipping = clip_straight_through if self.straight_through else clip
        return clipping(premask, MASK_MIN, MASK_MAX)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "straight_through": self.straight_through}


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


@keras.saving.register_keras_serializable("cgn_tf")
class OpaqueMasker(keras.layers.Layer):
    """Every mask is 1, so that the texture mechanism draws the whole image: a CGN becomes a class-conditional GAN.

    The paper's baseline with everything else equal. [B, H, W, 1] → [B, H, W, 1].
    """

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, premask: Any) -> Any:
        return ops.ones_like(premask)
