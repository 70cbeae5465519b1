"""How networks take their pixels: what [-1, 1] becomes in front of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from cgn_tf.models.networks.features import CAFFE_MEANS
from cgn_tf.ops.caffe import caffe_input
from cgn_tf.ops.imagenet import IMAGENET_MEAN, IMAGENET_STD


def _by_imagenet(images: Any) -> Any:
    mean, deviation = (ops.convert_to_tensor(values, images.dtype) for values in (IMAGENET_MEAN, IMAGENET_STD))
    return ((images + 1.0) / 2.0 - mean) / deviation


RANGES: dict[str, Callable[[Any], Any]] = {
    "minus_one_one": lambda images: images,
    "zero_one": lambda images: (images + 1.0) / 2.0,
    "bytes": lambda images: ops.round((images + 1.0) * 127.5),
    "imagenet": _by_imagenet,
    "caffe": lambda images: caffe_input(images, CAFFE_MEANS["vgg16"]),
}
"""Name → RGB float32 [B, H, W, 3] in [-1, 1] → what the network gets, of the same shape: as it is, in [0, 1], 0..255
(whole numbers, for the images are of 8 bits), normalised by ImageNet's mean and deviation, or BGR minus the mean."""
