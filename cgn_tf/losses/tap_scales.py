"""Style weights that were published for one network, made to mean the same for another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from cgn_tf.models.networks.features import FeatureNetwork


def scales_for_means(features: FeatureNetwork, images: Any, means: Sequence[float]) -> list[float]:
    """What each tap has to be multiplied with so that its mean activation over `images` is the wanted one.

    Published weights of a perceptual loss belong to activations of a certain magnitude: CGN's are for torchvision's
    VGG16 on raw RGB in [-1, 1], whose activations are smaller by far than those of Keras' VGG16 with its Caffe weights
    on BGR in 0..255. The means of the one, given here for the other, bring the loss back to its published scale:

        features.tap_scales = scales_for_means(features, images, means)

    A tap times s has a content term times s, but Gram entries, style and texture terms times s².

    Args:
        features: with its weights; its present `tap_scales` do not matter.
        images: [N, H, W, 3] in [-1, 1], such as the loss will see; read one by one.
        means: wanted mean over images, pixels and channels of each of `features.taps`, positive.

    Returns:
        One positive scale a tap.

    Raises:
        ValueError: means of another number or not positive, no images, or a tap that is zero all over (or not finite),
            which no scale changes.
    """
    if len(means) != len(features.taps) or not all(0.0 < mean < math.inf for mean in means):
        raise ValueError(f"means: expected {len(features.taps)} positive numbers, one a tap, got {list(means)}.")
    if not len(images):
        raise ValueError("images: expected at least one, got none.")
    per_image = [[_mean(tap) for tap in features(images[i : i + 1])] for i in range(len(images))]
    found = np.mean(per_image, axis=0) / (features.tap_scales or 1.0)
    for tap, mean in zip(features.taps, found, strict=True):
        if not 0.0 < mean < math.inf:
            raise ValueError(
                f"tap {tap} of {features.architecture}: expected a positive mean activation over {len(images)} images, "
                f"got {mean}; look at the weights of the network and at the images."
            )
    return [float(mean / own) for mean, own in zip(means, found, strict=True)]


def _mean(feature_map: Any) -> float:
    return float(np.mean(ops.convert_to_numpy(ops.cast(feature_map, "float32")), dtype=np.float64))
