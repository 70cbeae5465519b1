"""The masker of the CGN at 256 pixels: what a frozen U²-Net marks in the premask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import keras
from keras import ops

from cgn_tf.models.contract import MaskerPart, MaskerRequest, Premask, Resource
from cgn_tf.models.maskers.bounds import MASK_MAX, MASK_MIN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.ops.clipping import clip


@keras.saving.register_keras_serializable("cgn_tf")
class SaliencyMasker(keras.layers.Layer):
    """Premask, an image, → saliency, clipped to [1e-4, 1 − 1e-4] (Sauer & Geiger 2021). [B, H, W, 3] → [B, H, W, 1].

    Args:
        network: the U²-Net; the background loss asks it, too.
    """

    def __init__(self, network: U2Net, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.trainable = False

    def build(self, input_shape: Any = None) -> None:
        if not self.network.built:
            self.network.build(None)
        self.built = True

    def call(self, premask: Any) -> Any:
        # float32 always: in half precision the upper end is 1
        return clip(ops.cast(self.network(premask), "float32"), MASK_MIN, MASK_MAX)

    def get_config(self) -> dict[str, Any]:
        network = keras.saving.serialize_keras_object(self.network)
        network.pop("build_config", None)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(network=keras.saving.deserialize_keras_object(config["network"]), name=config["name"])


@dataclass(frozen=True)
class SaliencyOptions:
    """Maskers u2net and u2netp: what a frozen network marks."""


def _maker(variant: str) -> Callable[[SaliencyOptions, MaskerRequest], SaliencyMasker]:
    def make(options: SaliencyOptions, request: MaskerRequest) -> SaliencyMasker:
        if request.saliency.variant != variant:
            raise ValueError(f"masker {variant}: expected a network {variant}, got a {request.saliency.variant}.")
        return SaliencyMasker(U2Net.from_config(request.saliency.get_config()), name="masker")

    return make


def _start(masker: SaliencyMasker, request: MaskerRequest) -> None:
    for variable, value in zip(masker.variables, request.saliency.variables, strict=True):
        variable.assign(value)


def _part(variant: str, name: str) -> MaskerPart:
    return MaskerPart(
        variant,
        f"What a frozen {name} marks in an image; the background loss asks it, too.",
        SaliencyOptions,
        _maker(variant),
        frozenset({Premask.IMAGE}),
        _start,
        requires=frozenset({Resource.SALIENCY}),
    )


U2NET = _part("u2net", "U²-Net")
U2NETP = _part("u2netp", "U²-NetP")
