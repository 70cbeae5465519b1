"""The network whose features and logits a generator is scored by, with the input that scores are compared on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.classifiers.registry import CLASSIFIERS
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.prepared_images import prepared

STANDARD = "inception_2015"
"""The network that the plain names FID, KID and IS stand for; scores by another one carry its name."""


class ScoringNetwork(NamedTuple):
    """A feature network.

    Attributes:
        name: by which it was chosen, "squeezenet".
        weights_sha256: of the file of its weights.
        size: S, height and width of its input in pixels.
        width: D, the number of features.
        features: prepared images float32 [B, S, S, 3] → float32 [B, D].
        logits: prepared images → float32 [B, K], for the Inception score.
    """

    name: str
    weights_sha256: str
    size: int
    width: int
    features: Callable[[np.ndarray], np.ndarray]
    logits: Callable[[np.ndarray], np.ndarray]

    @property
    def resize(self) -> str:
        """In words, how images are brought to the size of the network."""
        return f"bicubic with antialiasing to {self.size}×{self.size}, whatever the aspect"

    def prepare(self, images: np.ndarray) -> np.ndarray:
        """uint8 [..., H, W, 3] → float32 [..., S, S, 3] in [-1, 1]; see `prepared`."""
        return prepared(images, self.size)

    def score_name(self, score: str) -> str:
        """The name of a score by this network: FID(squeezenet), or plain FID by the standard network."""
        return score if self.name == STANDARD else f"{score}({self.name})"


def load_scoring_network(features: str, weights: str, option: str) -> ScoringNetwork:
    """Loads a feature network.

    Args:
        features: name of a kind of classifier that has features.
        weights: the file of its weights, or what else the kind takes.
        option: the name of the option that `weights` comes from, for errors.

    Raises:
        CommandError: there is no such file, the weights do not fit, or the network has heads.
    """
    part = CLASSIFIERS[features]
    if not weights or not Path(weights).exists():
        got = f"got {weights}, where there is nothing" if weights else "got none"
        raise CommandError(f"`{option}`: the feature network {features} expects {part.weights}, {got}.")
    classifier = part.load(part.options(), weights)
    if classifier.features is None or classifier.heads:
        raise CommandError(f"{features}: expected a network with features and one head, got another; choose another.")
    size = classifier.geometry.size
    extract = _traced(classifier.features, size)
    width = extract(np.zeros((1, size, size, 3), np.float32)).shape[1]
    return ScoringNetwork(features, classifier.weights_sha256, size, width, extract, _traced(_logits(classifier), size))


def _logits(classifier: Classifier) -> Callable[[Any], Any]:
    return classifier.score_logits or (lambda images: classifier.network(images)[:, 0])


def _traced(network: Callable[[Any], Any], size: int) -> Callable[[np.ndarray], np.ndarray]:
    # traced once, whatever the number of images
    graph = tf.function(network, autograph=False, input_signature=[tf.TensorSpec([None, size, size, 3], tf.float32)])
    return lambda images: graph(tf.constant(images)).numpy()
