"""The networks whose published weights are PyTorch's: what their classifiers have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf import checkpoints
from cgn_tf.classifiers.contract import Classifier, ClassifierPart, one_head
from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.classifiers.weight_file import checked_weights
from cgn_tf.errors import CommandError
from cgn_tf.models.networks.photograph_classifier import PhotographClassifier
from cgn_tf.weights.torch_models import model_from_torch


@dataclass(frozen=True)
class PhotographOptions:
    """Classifiers efficientnet_lite0, efficientnet_lite2, resnet50 and inception_2015: they have no options."""


class Published(NamedTuple):
    """A network with published weights.

    Attributes:
        name: of the classifier.
        summary: one line for `--help`.
        file: name of the file that its weights are published in.
        geometry: of the photographs.
        is_meant: whether a network that was read is this one.
        score_logits: network and images → `Classifier.score_logits`; None: its own logits.
    """

    name: str
    summary: str
    file: str
    geometry: Geometry
    is_meant: Callable[[PhotographClassifier], bool]
    score_logits: Callable[[Any, Any], Any] | None = None


def photograph_part(published: Published) -> ClassifierPart:
    """Declares a classifier whose weights are a PyTorch file, or the directory that `convert` made of it."""
    expected = f"the path of {published.file}, or the directory that convert made of it"
    return ClassifierPart(
        name=published.name,
        summary=published.summary,
        options=PhotographOptions,
        load=lambda options, weights: _load(published, weights, expected),
        weights=expected,
        has_features=True,
    )


def _load(published: Published, weights: str, expected: str) -> Classifier:
    network: Any
    if weights and Path(weights).is_dir():
        network, source = checkpoints.load_with_source(weights)
        digest = source.sha256
    else:
        digest = checked_weights(published.name, weights, expected)
        network = model_from_torch(weights)
    if not isinstance(network, PhotographClassifier) or not published.is_meant(network):
        raise CommandError(
            f"{weights}: `classifier={published.name}` expects {expected}, got those of "
            f"{type(network).__name__} ({network.name})."
        )
    scored = published.score_logits
    return Classifier(
        name=published.name,
        network=lambda images: one_head(network(images, training=False)),
        geometry=published.geometry,
        num_classes=network.num_classes,
        features=lambda images: network.features(images, training=False),
        weights_sha256=digest,
        any_size=True,
        score_logits=None if scored is None else lambda images: scored(network, images),
    )
