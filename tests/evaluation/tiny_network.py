"""A feature network whose features follow from an image by hand, so that suites need no weights and no time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.classifiers.contract import Classifier, ClassifierPart, one_head
from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.classifiers.registry import CLASSIFIERS
from cgn_tf.files.contents import digest_of

SIZE = 16
WIDTH = 6


@dataclass(frozen=True)
class TinyOptions:
    """Classifier tiny: it has no options."""


def tiny_features(images: Any) -> Any:
    """Mean and deviation of each channel, [B, 6]."""
    mean, variance = tf.nn.moments(images, axes=[1, 2])
    return tf.concat([mean, tf.sqrt(variance + 1e-6)], axis=1)


def tiny_logits(images: Any) -> Any:
    """Ten times the mean of each channel, [B, 3]."""
    return 10.0 * tf.reduce_mean(images, axis=(1, 2))


@contextmanager
def tiny_network(name: str = "tiny") -> Iterator[str]:
    """Registers the network for a block, and gives its name; its weights are any file."""

    def load(options: TinyOptions, weights: str) -> Classifier:
        return Classifier(
            name,
            lambda images: one_head(tiny_logits(images)),
            Geometry(SIZE, SIZE),
            num_classes=3,
            features=tiny_features,
            weights_sha256=digest_of("classifier_weights", [Path(weights)]),
        )

    part = ClassifierPart(
        name=name, summary="Means.", options=TinyOptions, load=load, weights="any file", has_features=True
    )
    CLASSIFIERS.register(part)
    try:
        yield name
    finally:
        CLASSIFIERS.unregister(name)
