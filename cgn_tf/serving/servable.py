"""Models that can be served, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_classifier import DigitClassifier
from cgn_tf.serving.classify_signature import classifier_signatures
from cgn_tf.serving.inputs import Signature
from cgn_tf.serving.signatures import cgn_signatures


class ExportError(CommandError):
    """A SavedModel cannot be written, or does not answer as its model does."""


class Limits(NamedTuple):
    """What requests are held to: rows, and of files to be classified width times height."""

    max_batch_size: int = 1024
    max_pixels: int = 1024 * 1024


class Servable(NamedTuple):
    """A model, and what can be asked of it.

    Attributes:
        kind: "cgn" or "digit_classifier".
        model: built.
        signatures: of a model of this kind, by name.
        facts: about it, for clients.
    """

    kind: str
    model: Any
    signatures: Callable[[Any], dict[str, Signature]]
    facts: dict[str, Any]


def servable(model: Any, limits: Limits) -> Servable:
    """How a built model is served.

    Raises:
        ExportError: neither a CGN nor a classifier of digits.
    """
    facts = {"num_classes": getattr(model, "num_classes", None), "noise_dim": getattr(model, "noise_dim", None)}
    if isinstance(model, CGN):
        facts |= {"image_size": [model.image_size] * 2, "max_batch_size": limits.max_batch_size}
        return Servable("cgn", model, lambda cgn: cgn_signatures(cgn, limits.max_batch_size), facts)
    if isinstance(model, DigitClassifier):
        facts |= {"image_size": [model.image_size] * 2, **limits._asdict()}
        return Servable("digit_classifier", model, lambda one: classifier_signatures(one, *limits), facts)
    raise ExportError(f"expected a CGN or a classifier of digits, got {type(model).__name__}.")
