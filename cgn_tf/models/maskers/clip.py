"""A masker that clips, as in the paper's digit experiments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from cgn_tf.models.contract import MaskerPart, MaskerRequest, Premask
from cgn_tf.models.maskers.bounds import MASK_MAX, MASK_MIN
from cgn_tf.ops.clipping import clip, clip_straight_through
from cgn_tf.options.declaration import check_options, option


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


@dataclass(frozen=True)
class ClipOptions:
    """Masker clip: the premask, clipped."""

    mask_gradient: str = option(
        "straight_through",
        "Gradient of the mask where it is clipped: straight_through, or clipped (zero, as in the PyTorch reference).",
        choices=("straight_through", "clipped"),
    )

    def __post_init__(self) -> None:
        check_options(self)


def _make(options: ClipOptions, request: MaskerRequest) -> ClipMasker:
    return ClipMasker(options.mask_gradient == "straight_through", name="masker")


CLIP = MaskerPart(
    "clip", "The premask, clipped, as in the paper's digits.", ClipOptions, _make, frozenset({Premask.VALUES})
)
