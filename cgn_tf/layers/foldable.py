"""How a layer says what it is when nothing is trained; `cgn_tf.models.folding` asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import keras


@runtime_checkable
class HasInferenceLayer(Protocol):
    """A layer that another one stands for in inference; all others stay what they are, with folded layers in them."""

    def inference_layer(self) -> keras.layers.Layer:
        """The layer that stands for this one in inference, without variables.

        Its name is that of this layer, its `build` takes the same shapes, its `call` the same arguments.
        """


@runtime_checkable
class Foldable(HasInferenceLayer, Protocol):
    """A layer that computes something constant in inference: a spectral norm, the scale of a batch norm."""

    def inference_values(self) -> Mapping[str, Any]:
        """Name of each variable of the inference layer → its value; asked of a built layer."""


@runtime_checkable
class FoldsPairs(Protocol):
    """A layer some of whose batch norms stand right behind a dense or convolution layer, which can take them in.

    In inference it calls that layer's kernel and bias with `taken_into` of the norm, so that its results are the same
    whether they have been taken in before or not.

    Attributes:
        norms_taken_in: attribute of a batch norm → attribute of the layer in front of it.
    """

    @property
    def norms_taken_in(self) -> Mapping[str, str]:
        """See the attributes."""
