"""From the shape mechanism's premask to a mask."""

from __future__ import annotations

from typing import Any

import keras

from cgn_tf.ops.ranges import clip, clip_inward, clip_straight_through

MASK_MIN, MASK_MAX = 1e-4, 1.0 - 1e-4
"""The open interval that keeps the mask's entropy finite."""

_CLIPS = {"inward": clip_inward, "straight_through": clip_straight_through, "clipped": clip}


@keras.saving.register_keras_serializable("cgn_tf")
class ClipMasker(keras.layers.Layer):
    """Clips the premask to [1e-4, 1 − 1e-4] (the digit CGN). [B, H, W, 1] → [B, H, W, 1].

    Args:
        gradient: what passes where the premask is clipped; the mask itself is the same. "inward": what leads back into
            the range; "straight_through": everything, also what drives decided pixels ever further out; "clipped":
            nothing, as in the PyTorch reference, so that pixels once out of range are lost to training.

    Raises:
        ValueError: another gradient.
    """

    def __init__(self, gradient: str = "inward", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if gradient not in _CLIPS:
            raise ValueError(f"gradient: expected one of {', '.join(_CLIPS)}, got {gradient!r}.")
        self.gradient = gradient

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, premask: Any) -> Any:
        return _CLIPS[self.gradient](premask, MASK_MIN, MASK_MAX)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gradient": self.gradient}
