"""The masker of the CGN at 256 pixels: what a frozen U²-Net marks in the premask."""

from __future__ import annotations

from typing import Any, Self

import keras
from keras import ops

from cgn_tf.models.masker import MASK_MAX, MASK_MIN
from cgn_tf.models.u2net import U2Net
from cgn_tf.ops.ranges import clip


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

    def folded_copy(self) -> Self:
        """The same with the folded network."""
        return type(self)(self.network.folded_copy(), name=self.name)

    def get_config(self) -> dict[str, Any]:
        network = keras.saving.serialize_keras_object(self.network)
        network.pop("build_config", None)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(network=keras.saving.deserialize_keras_object(config["network"]), name=config["name"])
