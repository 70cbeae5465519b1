"""The small convolutional classifier: that of the paper's digit experiments."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.models.network import Network


@keras.saving.register_keras_serializable("cgn_tf")
class DigitClassifier(Network):
    """Batch norm → conv 5×5, 32 → max-pool 3/2 → conv 3×3, 32 → conv 3×3/2, 64 → conv 3×3, 64 → average → Dense.

    ReLU after each convolution; 67,760 parameters with ten classes (Sauer & Geiger 2021, appendix; PyTorch reference:
    `CNN`), whatever the size of the images. There it is 32 pixels, and the average over a map of 7×7. Padding is
    symmetric, as there: TensorFlow's "same" would put all of it at the end where the stride is 2.

    For inference the batch norm becomes a scale and a shift. The convolution behind it cannot take it in: its padding
    is of zeros, which the shift would move.

    Args:
        num_classes: width of the logits.
        image_size: height and width of the images.
    """

    def __init__(self, num_classes: int = 10, image_size: int = 32, **kwargs: Any) -> None:
        super().__init__(**{"name": "digit_classifier", **kwargs})
        self.num_classes = num_classes
        self.image_size = image_size
        self.norm = BatchNorm(name="norm")
        self.convs = [
            keras.layers.Conv2D(32, 5, padding="same", name="conv0"),
            keras.layers.Conv2D(32, 3, padding="same", name="conv1"),
            keras.layers.Conv2D(64, 3, strides=2, name="conv2"),
            keras.layers.Conv2D(64, 3, name="conv3"),
        ]
        self.logits = keras.layers.Dense(num_classes, name="logits")

    def build(self, input_shape: Any = None) -> None:
        """Creates every variable, without a call."""
        channels = 3
        self.norm.build((None, None, None, channels))
        for conv in self.convs:
            conv.build((None, None, None, channels))
            channels = conv.filters
        self.logits.build((None, channels))
        self.built = True

    def call(self, images: Any, training: bool = False) -> Any:
        """Images float32 [B, H, W, 3] in [-1, 1] → logits [B, num_classes]; in training no gradient to the images."""
        x = ops.relu(self._first(images) if training else self.convs[0](self.norm(images)))
        # zeros serve as padding of the maximum, since nothing is below them after the ReLU
        x = ops.max_pool(_framed(x), 3, 2)
        x = ops.relu(self.convs[1](x))
        x = ops.relu(self.convs[2](_framed(x)))
        # what the average leaves out, the last row and column of the map, is not computed: they need no frame
        x = ops.relu(self.convs[3](ops.pad(x, ((0, 0), (1, 0), (1, 0), (0, 0)))))
        return self.logits(ops.mean(x, axis=(1, 2)))

    def _first(self, images: Any) -> Any:
        """The first convolution of the normalised images, with the norm taken into it: [B, H, W, 32].

        Otherwise γ and β would need the gradient of the convolution's input, a fifth of the time of a step. What the
        norm adds is a fourth channel of ones, because at the frame, where the padding has none of it, it adds less.
        """
        scale, shift = (ops.cast(part, images.dtype) for part in self.norm.scale_and_shift_by_batch(images))
        kernel, bias = map(ops.convert_to_tensor, (self.convs[0].kernel, self.convs[0].bias))
        parts = [kernel * scale[:, None], ops.sum(kernel * shift[:, None], axis=2, keepdims=True)]
        extended = ops.concatenate([images, ops.ones_like(images[..., :1])], axis=-1)
        return ops.conv(extended, ops.concatenate(parts, axis=2), padding="same") + bias

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "num_classes": self.num_classes, "image_size": self.image_size}


def _framed(x: Any) -> Any:
    """One row or column of zeros on every side."""
    return ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
