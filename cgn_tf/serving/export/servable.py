"""Models that can be served, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cgn_tf import keras_settings
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.serving.export.classify_signature import classifier_signatures
from cgn_tf.serving.export.inputs import Signature
from cgn_tf.serving.export.preparation import DIGITS, Preparation
from cgn_tf.serving.export.signatures import cgn_signatures


class ExportError(CommandError):
    """A SavedModel cannot be written, or does not answer as its model does."""


class Limits(NamedTuple):
    """What requests are held to, so that none exhausts a server's memory.

    Attributes:
        max_batch_size: rows; 0: as many images of the model's size as have 2²⁰ pixels, 1,024 of 32×32, 16 of 256×256.
        max_pixels: of a file to be classified, width times height.
    """

    max_batch_size: int = 0
    max_pixels: int = 2**20

    def of(self, image_size: int) -> Limits:
        """Those of a model of this image size."""
        return self._replace(max_batch_size=self.max_batch_size or max(1, 2**20 // image_size**2))


class Servable(NamedTuple):
    """A model, and what can be asked of it.

    Attributes:
        kind: "cgn", "digit_classifier", or for photographs "image_classifier".
        model: built.
        limits: of requests.
        signatures: of a model of this kind, by name.
        facts: about it, for clients.
    """

    kind: str
    model: Any
    limits: Limits
    signatures: Callable[[Any], dict[str, Signature]]
    facts: dict[str, Any]


def servable(model: Any, limits: Limits, preparation: Preparation = DIGITS) -> Servable:
    """How a built model is served.

    Args:
        model: the model.
        limits: of requests.
        preparation: of a classifier's images.

    Raises:
        ExportError: neither a CGN nor a classifier.
        KerasSettingsError: Keras has another backend than TensorFlow.
    """
    keras_settings.require_tensorflow("a SavedModel")
    if not isinstance(model, (CGN, DigitClassifier)):
        raise ExportError(f"expected a CGN or a classifier, got {type(model).__name__}.")
    limits = limits.of(model.image_size)
    facts = {"num_classes": model.num_classes, "image_size": [model.image_size] * 2}
    if isinstance(model, CGN):
        facts |= {"noise_dim": model.noise_dim, "max_batch_size": limits.max_batch_size}
        return Servable("cgn", model, limits, lambda cgn: cgn_signatures(cgn, limits.max_batch_size), facts)
    facts |= limits._asdict()
    kind = "digit_classifier" if preparation.of_digits else "image_classifier"
    return Servable(kind, model, limits, lambda one: classifier_signatures(one, *limits, preparation), facts)
