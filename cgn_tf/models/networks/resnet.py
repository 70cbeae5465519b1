"""ResNet-50 as torchvision has it (He et al. 2016, arXiv 1512.03385), the backbone of the invariant ensemble."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from cgn_tf.layers.conv_norm import ConvNorm
from cgn_tf.models.networks.photograph_classifier import PhotographClassifier
from cgn_tf.ops.imagenet import IMAGENET_MEAN, IMAGENET_STD

BLOCKS = (3, 4, 6, 3)
"""Bottlenecks of the four stages."""
EXPANSION = 4
"""A bottleneck's output channels are that many times those inside."""


@keras.saving.register_keras_serializable("cgn_tf")
class PaddedMaxPool(keras.layers.Layer):
    """Maximum over 3×3 with stride 2 and a pixel of padding on every side. [B, H, W, C] → [B, ⌈H/2⌉, ⌈W/2⌉, C].

    The input must not be negative, for the padding is of zeros: it stands behind a ReLU.
    """

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, x: Any) -> Any:
        return ops.max_pool(ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), 3, 2)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return (input_shape[0], None, None, input_shape[-1])


@keras.saving.register_keras_serializable("cgn_tf")
class Bottleneck(keras.layers.Layer):
    """1×1 → 3×3 with the stride → 1×1, plus the input, then ReLU. [B, H, W, in] → [B, H/strides, W/strides, 4·width].

    Batch norms everywhere; the stride is in the 3×3 ("ResNet v1.5"), while the paper has it in the first 1×1.

    Args:
        width: channels inside.
        strides: of the 3×3.
        projected: whether the input passes a 1×1 convolution of the same stride, `downsample`, before the sum.
    """

    def __init__(self, width: int, strides: int = 1, projected: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width = width
        self.strides = strides
        self.projected = projected
        out = EXPANSION * width
        self.convs = [
            ConvNorm(width, 1, name="conv1"),
            ConvNorm(width, 3, strides, "symmetric", name="conv2"),
            ConvNorm(out, 1, activation=None, name="conv3"),
        ]
        self.downsample = ConvNorm(out, 1, strides, "valid", activation=None, name="downsample") if projected else None

    def build(self, input_shape: Any) -> None:
        for conv, channels in zip(self.convs, (input_shape[-1], self.width, self.width), strict=True):
            conv.build((None, None, None, channels))
        if self.downsample is not None:
            self.downsample.build((None, None, None, input_shape[-1]))
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        residual = x if self.downsample is None else self.downsample(x, training=training)
        for conv in self.convs:
            x = conv(x, training=training)
        return ops.relu(x + residual)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return (input_shape[0], None, None, EXPANSION * self.width)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "width": self.width,
            "strides": self.strides,
            "projected": self.projected,
        }


@keras.saving.register_keras_serializable("cgn_tf")
class ResNet50(PhotographClassifier):
    """ResNet-50: images [B, H, W, 3] in [-1, 1] → logits [B, K]; 2048 features; published for 224 pixels.

    25,557,032 parameters with 1000 classes. `keras.applications.ResNet50` is another network: it has the stride in the
    first 1×1, biases in front of its batch norms, and another ε. Normalisation inside: ImageNet's mean and deviation.

    Args:
        num_classes: K. Another number than that of the weights makes it a backbone: its features are the same.
    """

    def __init__(self, num_classes: int = 1000, name: str = "resnet50", **kwargs: Any) -> None:
        super().__init__(
            list(_trunk()),
            num_classes,
            224,
            scale=[0.5 / std for std in IMAGENET_STD],
            offset=[(0.5 - mean) / std for mean, std in zip(IMAGENET_MEAN, IMAGENET_STD, strict=True)],
            name=name,
            **kwargs,
        )


def _trunk() -> Iterator[keras.layers.Layer]:
    yield ConvNorm(64, 7, 2, "symmetric", name="conv1")
    yield PaddedMaxPool(name="maxpool")
    for stage, count in enumerate(BLOCKS):
        for i in range(count):
            strides = 2 if i == 0 and stage > 0 else 1
            yield Bottleneck(64 * 2**stage, strides, projected=i == 0, name=f"layer{stage + 1}_{i}")
