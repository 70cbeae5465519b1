"""Frozen networks whose feature maps ("taps") the perceptual losses compare."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from cgn_tf.models.network import Network
from cgn_tf.models.networks import squeezenet
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
class FeatureNetwork(Network):
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
        tap_scales: what each of `taps` is multiplied with, positive; None: nothing. May be set later, before tracing:
            see `cgn_tf.losses.tap_scales`.

    Example:
        >>> features = FeatureNetwork("vgg16", taps=[1, 3])
        >>> [tap.shape for tap in features(images)]  # [16, 32, 32, 3]
        [(16, 16, 16, 128), (16, 4, 4, 512)]
        >>> [tap.shape for tap in features(images, taps=[1])]  # nothing behind block2_conv2 is computed
        [(16, 16, 16, 128)]

    Raises:
        ValueError: an unknown name, no taps, taps out of range or twice, a size below 1, or scales of another number
            or not positive.
    """

    def __init__(
        self,
        architecture: str,
        taps: Sequence[int] = (0, 1, 2, 3),
        input_range: str = "caffe",
        input_size: int | None = None,
        tap_scales: Sequence[float] | None = None,
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
        self.tap_scales = tap_scales
        self.network = _taps_network(architecture, self.taps)
        self.trainable = False

    @property
    def tap_scales(self) -> list[float] | None:
        """What each of `taps` is multiplied with; a function that was traced before it was set keeps the old ones."""
        return None if self._tap_scales is None else list(self._tap_scales)

    @tap_scales.setter
    def tap_scales(self, scales: Sequence[float] | None) -> None:
        if scales is not None:
            scales = tuple(float(scale) for scale in scales)
            if len(scales) != len(self.taps) or not all(0.0 < scale < math.inf for scale in scales):
                raise ValueError(
                    f"tap_scales: expected {len(self.taps)} positive numbers, one a tap, got {list(scales)}."
                )
        self._tap_scales = scales

    def build(self, input_shape: Any = None) -> None:
        """Nothing to create: the variables exist since the constructor."""
        self.built = True

    def call(self, images: Any, taps: Sequence[int] | None = None) -> list[Any]:
        """Feature maps, in the order of the asked taps; no layer that none of them depends on is computed.

        Args:
            images: [B, H, W, 3] in [-1, 1].
            taps: some of `self.taps`; None: all.

        Returns:
            One map [B, h, w, C] a tap, times its scale.

        Raises:
            ValueError: images larger than `input_size`, or taps that the network does not have.
        """
        wanted = self.taps if taps is None else taps
        if not wanted or not set(wanted) <= set(self.taps):
            raise ValueError(f"taps: expected some of {list(self.taps)}, at least one, got {list(wanted)}.")
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
        places = [self.taps.index(tap) for tap in wanted]
        # A function holds no variables, as a further model would; it is a walk through a dozen layers to make.
        outputs = keras.Function(self.network.inputs[0], [self.network.outputs[i] for i in places])
        maps = outputs(images)
        if self._tap_scales is None:
            return list(maps)
        return [feature_map * self._tap_scales[i] for feature_map, i in zip(maps, places, strict=True)]

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "architecture": self.architecture,
            "taps": self.taps,
            "input_range": self.input_range,
            "input_size": self.input_size,
            "tap_scales": self.tap_scales,
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
