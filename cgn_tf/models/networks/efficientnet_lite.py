"""EfficientNet-Lite0 and Lite2 (Tan & Le 2019, arXiv 1905.11946; Lite: github.com/tensorflow/tpu, March 2020)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import keras

from cgn_tf.layers.conv_norm import ConvNorm
from cgn_tf.models.networks.photograph_classifier import PhotographClassifier

EPSILON = 1e-3
_STEM, _HEAD = 32, 1280


class _Scale(NamedTuple):
    width: float
    depth: float
    image_size: int


class _Stage(NamedTuple):
    repeats: int
    size: int
    strides: int
    expansion: int
    filters: int


_VARIANTS = {"lite0": _Scale(1.0, 1.0, 224), "lite2": _Scale(1.1, 1.2, 260)}
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


@keras.saving.register_keras_serializable("cgn_tf")
class MBConv(keras.layers.Layer):
    """Mobile inverted bottleneck without squeeze-and-excitation. [B, H, W, in] → [B, ⌈H/strides⌉, ⌈W/strides⌉, out].

    1×1 to `expansion` times the channels that come in → depthwise convolution → 1×1 to `filters`; batch norm after
    each, ReLU6 after the first two; plus the input where the shapes are the same.

    Args:
        channels: that come in.
        filters: output channels.
        size: height and width of the depthwise kernel.
        strides: of the depthwise convolution.
        expansion: with 1 the first 1×1 is left out.
    """

    def __init__(
        self, channels: int, filters: int, size: int, strides: int = 1, expansion: int = 6, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.size = size
        self.strides = strides
        self.expansion = expansion
        self.convs = [
            ConvNorm(None, size, strides, activation="relu6", epsilon=EPSILON, name="depthwise"),
            ConvNorm(filters, 1, activation=None, epsilon=EPSILON, name="project"),
        ]
        if expansion > 1:
            self.convs.insert(0, ConvNorm(expansion * channels, 1, activation="relu6", epsilon=EPSILON, name="expand"))

    def build(self, input_shape: Any) -> None:
        shape: tuple[int | None, ...] = (None, None, None, self.channels)
        for conv in self.convs:
            conv.build(shape)
            shape = conv.compute_output_shape(shape)
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        y = x
        for conv in self.convs:
            y = conv(y, training=training)
        return x + y if self.strides == 1 and self.channels == self.filters else y

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return (input_shape[0], None, None, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
            "size": self.size,
            "strides": self.strides,
            "expansion": self.expansion,
        }


@keras.saving.register_keras_serializable("cgn_tf")
class EfficientNetLite(PhotographClassifier):
    """EfficientNet-B0 or B2 without squeeze-and-excitation and with ReLU6; images in [-1, 1] → logits [B, K].

    1280 features; stem and head keep their widths, first and last stage their depth, in every variant. Padding is
    TensorFlow's. Normalisation inside: (x − 127) / 128 of 0..255.

    Args:
        variant: "lite0" (4,652,008 parameters with 1000 classes, published for 224 pixels) or "lite2" (6,092,072; 260).
        num_classes: K.

    Raises:
        ValueError: another variant.
    """

    def __init__(
        self, variant: Literal["lite0", "lite2"] = "lite0", num_classes: int = 1000, name: str = "", **kwargs: Any
    ) -> None:
        if variant not in _VARIANTS:
            raise ValueError(f"variant: expected {' or '.join(_VARIANTS)}, got {variant!r}.")
        scale = _VARIANTS[variant]
        super().__init__(
            list(_trunk(scale)),
            num_classes,
            scale.image_size,
            scale=[127.5 / 128] * 3,
            offset=[0.5 / 128] * 3,
            name=name or f"efficientnet_{variant}",
            **kwargs,
        )
        self.variant = variant

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "variant": self.variant}


def _trunk(scale: _Scale) -> Iterator[keras.layers.Layer]:
    yield ConvNorm(_STEM, 3, 2, activation="relu6", epsilon=EPSILON, name="stem")
    channels, number = _STEM, 0
    for stage in _STAGES:
        filters = _scaled_width(stage.filters, scale.width)
        fixed = stage in (_STAGES[0], _STAGES[-1])
        for i in range(stage.repeats if fixed else math.ceil(stage.repeats * scale.depth)):
            strides = stage.strides if i == 0 else 1
            yield MBConv(channels, filters, stage.size, strides, stage.expansion, name=f"block{number}")
            channels, number = filters, number + 1
    yield ConvNorm(_HEAD, 1, activation="relu6", epsilon=EPSILON, name="head")


def _scaled_width(filters: int, factor: float) -> int:
    """The multiple of 8 next to `filters · factor`, but not below nine tenths of it."""
    scaled = filters * factor
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * scaled else rounded + 8
