"""SqueezeNet v1.0 (Iandola et al. 2016, arXiv 1602.07360)."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from cgn_tf import keras_settings
from cgn_tf.ops.caffe import caffe_input

CAFFE_MEAN = (104.0, 117.0, 123.0)
"""Mean (blue, green, red) of the images that the published weights were trained on."""

_EXPANDED = {2: 64, 3: 64, 4: 128, 5: 128, 6: 192, 7: 192, 8: 256, 9: 256}
_SQUEEZED = {fire: expanded // 4 for fire, expanded in _EXPANDED.items()}
_POOLED_AFTER = (4, 8)


def _fire(x: Any, number: int) -> Any:
    """Squeeze 1×1, then expand 1×1 and 3×3 side by side; ReLU everywhere. [B, H, W, C] → [B, H, W, 2·expanded]."""
    name = f"fire{number}"
    squeezed = layers.Conv2D(_SQUEEZED[number], 1, activation="relu", name=f"{name}_squeeze1x1")(x)
    expanded = [
        layers.Conv2D(_EXPANDED[number], size, padding="same", activation="relu", name=f"{name}_expand{size}x{size}")(
            squeezed
        )
        for size in (1, 3)
    ]
    return layers.Concatenate(name=name)(expanded)


def _trunk(x: Any, last_fire: int) -> Any:
    keras_settings.check()
    x = layers.Conv2D(96, 7, 2, activation="relu", name="conv1")(x)
    if last_fire >= 2:
        x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    for number in range(2, last_fire + 1):
        x = _fire(x, number)
        if number in _POOLED_AFTER and number < last_fire:
            x = layers.MaxPooling2D(3, 2, name=f"pool{number}")(x)
    return x


def squeezenet_features(last_fire: int) -> keras.Model:
    """The network up to `fireN` (N from 2 to 9), or up to relu(conv1) for N = 1.

    Its layers `conv1`, `fire2` … `fireN` give the feature maps (conv1 with its ReLU).

    Args:
        last_fire: N.

    Returns:
        A model from images prepared by `caffe_input(images, CAFFE_MEAN)`, [B, H, W, 3], to the last map.
    """
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, _trunk(inputs, last_fire), name="squeezenet_features")


def squeezenet_classifier() -> keras.Model:
    """The whole network: RGB images [B, H, W, 3] in [-1, 1] → 1000 logits [B, 1000], published at 227×227.

    1,248,424 parameters. The model has no softmax; for probabilities apply it.
    """
    inputs = keras.Input((None, None, 3))
    x = _trunk(caffe_input(inputs, CAFFE_MEAN), 9)
    x = layers.Conv2D(1000, 1, activation="relu", name="conv10")(x)
    return keras.Model(inputs, ops.mean(x, axis=(1, 2)), name="squeezenet")
