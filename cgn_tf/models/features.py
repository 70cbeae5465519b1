"""Frozen networks whose feature maps ("taps") the perceptual losses compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from cgn_tf.models import squeezenet
from cgn_tf.ops.caffe import caffe_input

INPUT_RANGES = ("caffe", "raw")

TAP_LAYERS: dict[str, tuple[str, ...]] = {
    "vgg16": ("block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3"),
    "squeezenet": ("conv1", "fire3", "fire4", "fire5"),
}
"""The layers, ReLU included, whose outputs are the four taps of each network."""

CAFFE_MEANS: dict[str, tuple[float, float, float]] = {
    "vgg16": (103.939, 116.779, 123.68),
    "squeezenet": squeezenet.CAFFE_MEAN,
}
"""Mean (blue, green, red) that each network's published weights expect to be subtracted."""


@keras.saving.register_keras_serializable("cgn_tf")
class FeatureNetwork(keras.Model):
    """Feature maps of VGG16 (Simonyan & Zisserman 2015) or SqueezeNet v1.0, without trainable variables.

    Only the layers up to the deepest wanted tap exist. The weights start at random: see
    `cgn_tf.weights.feature_weights.load_feature_weights`.

    Args:
        architecture: "vgg16" (taps relu1_2, relu2_2, relu3_3, relu4_3: full size, 1/2, 1/4, 1/8; 64, 128, 256, 512
            channels) or "squeezenet" (taps relu(conv1), fire3, fire4, fire5: 96, 128, 256, 256 channels; a 32×32
            image gives 13, 6, 6 and 2 pixels, so enlarge small images).
        taps: indices of the wanted taps, from 0 to 3, in the order in which they are returned.
        input_range: "caffe": the range that the weights of either network were trained on, BGR 0..255 minus the mean;
            "raw": the image in [-1, 1] as it is, the PyTorch reference's choice.
        input_size: images are first enlarged to this height and width, bilinearly; None: left as they are.

    Example:
        >>> features = FeatureNetwork("vgg16", taps=[1, 3])
        >>> [tap.shape for tap in features(images)]  # [16, 32, 32, 3]
        [(16, 16, 16, 128), (16, 4, 4, 512)]

    Raises:
        ValueError: an unknown name, no taps, taps out of range or twice, or a size below 1.
    """

    def __init__(
        self,
        architecture: str,
        taps: Sequence[int] = (0, 1, 2, 3),
        input_range: str = "caffe",
        input_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        # the images arrive as they are: 0..255 minus the mean needs more digits than half precision has
        super().__init__(**{"name": "features", "autocast": False, **kwargs})
        if architecture not in TAP_LAYERS:
            raise ValueError(f"architecture: expected one of {', '.join(TAP_LAYERS)}, got {architecture!r}.")
        if input_range not in INPUT_RANGES:
            raise ValueError(f"input_range: expected one of {', '.join(INPUT_RANGES)}, got {input_range!r}.")
        if not taps or len(set(taps)) != len(taps) or not set(taps) <= set(range(4)):
            raise ValueError(f"taps: expected different indices from 0 to 3, at least one, got {list(taps)}.")
        if input_size is not None and input_size < 1:
            raise ValueError(f"input_size: expected a positive number of pixels or None, got {input_size}.")
        self.architecture = architecture
        self.taps = list(taps)
        self.input_range = input_range
        self.input_size = input_size
        self.network = _taps_network(architecture, self.taps)
        self.trainable = False

    def build(self, input_shape: Any = None) -> None:
        """Nothing to create: the variables exist since the constructor."""
        self.built = True

    def call(self, images: Any) -> list[Any]:
        """Images [B, H, W, 3] in [-1, 1] → one feature map [B, h, w, C] for each of `taps`, in that order.

        Raises:
            ValueError: images larger than `input_size`.
        """
        if self.input_size is not None:
            height, width = images.shape[1:3]
            if max(height, width) > self.input_size:
                raise ValueError(
                    f"input_size {self.input_size} is smaller than the images ({height}×{width}); it only enlarges."
                )
            if (height, width) != (self.input_size, self.input_size):
                images = ops.image.resize(images, (self.input_size, self.input_size), interpolation="bilinear")
        if self.input_range == "caffe":
            images = caffe_input(images, CAFFE_MEANS[self.architecture])
        return keras.tree.flatten(self.network(images))  # of one output, Keras returns the bare tensor

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "architecture": self.architecture,
            "taps": self.taps,
            "input_range": self.input_range,
            "input_size": self.input_size,
        }


def _taps_network(architecture: str, taps: Sequence[int]) -> keras.Model:
    names = [TAP_LAYERS[architecture][tap] for tap in taps]
    deepest = TAP_LAYERS[architecture][max(taps)]
    if architecture == "squeezenet":
        base = squeezenet.squeezenet_features(1 if deepest == "conv1" else int(deepest.removeprefix("fire")))
    else:
        base = keras.applications.VGG16(include_top=False, weights=None, input_shape=(None, None, 3))
    # A functional model keeps only the layers that its outputs depend on.
    return keras.Model(base.input, [base.get_layer(name).output for name in names], name=architecture)
