"""SqueezeNet v1.0 as a classifier of photographs."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from cgn_tf.classifiers.contract import Classifier, ClassifierPart, one_head
from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.classifiers.weight_file import checked_weights
from cgn_tf.weights.feature_weights import load_squeezenet

_EXPECTED = "the path of squeezenet_v1.0.npz"


@dataclass(frozen=True)
class SqueezenetOptions:
    """Classifier squeezenet: it has no options."""


def _load(options: SqueezenetOptions, weights: str) -> Classifier:
    digest = checked_weights("squeezenet", weights, _EXPECTED)
    network = load_squeezenet(weights)
    # the average of the last map before the 1×1 convolution that gives the logits
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(network.get_layer("fire9").output)
    features = keras.Model(network.input, pooled, name="squeezenet_features")
    return Classifier(
        name="squeezenet",
        network=lambda images: one_head(network(images, training=False)),
        geometry=Geometry(size=227, resized=256),
        num_classes=1000,
        features=lambda images: features(images, training=False),
        weights_sha256=digest,
        any_size=True,
    )


SQUEEZENET = ClassifierPart(
    name="squeezenet",
    summary="SqueezeNet v1.0 (Iandola et al. 2016): 1.2 million parameters, 57.5 % of ImageNet, 512 features.",
    options=SqueezenetOptions,
    load=_load,
    weights=_EXPECTED,
    has_features=True,
)
