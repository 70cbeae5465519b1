"""What the classifiers of photographs have in common: a normalisation, layers in a row, an average, a dense layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from cgn_tf.models.network import Network


class PhotographClassifier(Network):
    """RGB images float32 [B, H, W, 3] in [-1, 1] → logits [B, K]; what the weights expect it makes of them itself.

    H and W may be any that the layers leave a map of; `image_size` is the one that the weights were published for. The
    batch norms use their stored statistics unless `training` is asked for, while γ, β and all kernels can be trained.
    There is no softmax, no dropout and no stochastic depth.

    Args:
        trunk: the layers up to the last map, called one after the other.
        num_classes: K.
        image_size: height and width that the images should have.
        scale: what the three channels, red, green and blue, are multiplied with at first.
        offset: what is added to them then.
        name: of the network.
    """

    def __init__(
        self,
        trunk: Sequence[keras.layers.Layer],
        num_classes: int,
        image_size: int,
        scale: Sequence[float],
        offset: Sequence[float],
        name: str,
        **kwargs: Any,
    ) -> None:
        # the images arrive as they are: their normalisation needs more digits than half precision has
        super().__init__(**{"name": name, "autocast": False, **kwargs})
        if num_classes < 1:
            raise ValueError(f"num_classes: expected 1 or more, got {num_classes}.")
        self.num_classes = num_classes
        self.image_size = image_size
        self._scale = tuple(scale)
        self._offset = tuple(offset)
        self.trunk = list(trunk)
        self.logits = keras.layers.Dense(num_classes, name="logits")

    @property
    def feature_width(self) -> int:
        """D, the number of pooled features, which does not depend on the number of classes."""
        return self._widths()[-1]

    def _widths(self) -> list[int]:
        widths = [3]
        for part in self.trunk:
            widths.append(part.compute_output_shape((None, None, None, widths[-1]))[-1])
        return widths

    def build(self, images_shape: Any = None) -> None:
        """Creates all variables; sizes do not matter, so no shape has to be given."""
        widths = self._widths()
        for part, width in zip(self.trunk, widths[:-1], strict=True):
            part.build((None, None, None, width))
        # as PyTorch's dense layers start, and with them the fresh heads of Sauer & Geiger
        bound = widths[-1] ** -0.5
        self.logits.kernel_initializer = keras.initializers.RandomUniform(-bound, bound)
        self.logits.bias_initializer = keras.initializers.RandomUniform(-bound, bound)
        self.logits.build((None, widths[-1]))
        self.built = True

    def call(self, images: Any, training: bool = False) -> Any:
        """Images float32 [B, H, W, 3] in [-1, 1] → logits [B, K]."""
        return self.logits(self.features(images, training))

    def features(self, images: Any, training: bool = False) -> Any:
        """What the last dense layer reads, the average of the last map.

        Args:
            images: RGB float32 [B, H, W, 3] in [-1, 1].
            training: whether the batch norms use the statistics of the batch, and move the stored ones.

        Returns:
            [B, feature_width].
        """
        if not self.built:
            self.build()
        x = ops.convert_to_tensor(images)
        x = x * ops.convert_to_tensor(self._scale, x.dtype) + ops.convert_to_tensor(self._offset, x.dtype)
        for part in self.trunk:
            x = part(x, training=training)
        return ops.mean(x, axis=(1, 2))

    def compute_output_shape(self, images_shape: Any) -> tuple[int | None, ...]:
        return (images_shape[0], self.num_classes)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "num_classes": self.num_classes}
