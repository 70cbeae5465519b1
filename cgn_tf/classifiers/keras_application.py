"""The networks of `keras.applications`, `classifier=keras:NAME`."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from cgn_tf.classifiers.contract import Classifier, ClassifierPart, one_head
from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.classifiers.input_ranges import RANGES
from cgn_tf.classifiers.weight_file import array_digest, checked_weights
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.options.registry import Family

IMAGENET = "imagenet"
_EXPECTED = f"{IMAGENET}, which downloads its weights, or the path of their .h5 file with the top layer"
_CROPPED = 0.875
"""Share of the photograph's short side that evaluation on ImageNet commonly sees: 224 of 256."""


@dataclass(frozen=True)
class KerasApplicationOptions:
    """Classifiers keras:NAME: they have no options."""


def application_part(name: str) -> ClassifierPart:
    """Declares a network of `keras.applications` with its 1,000 classes.

    It gets the network's own `preprocess_input`, at its default size, the middle of a photograph whose short side was
    resized to 8/7 of that.

    Args:
        name: of its function: "ResNet50", "EfficientNetV2B0".

    Raises:
        ConfigError: there is no such network; similar ones are named.
    """
    known = _networks()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(close)}?" if close else "keras.io/api/applications lists them."
        raise ConfigError(f"`classifier`: expected a network of keras.applications, got keras:{name}; {hint}")
    return ClassifierPart(
        name=f"keras:{name}",
        summary=f"{name} of keras.applications.",
        options=KerasApplicationOptions,
        load=lambda options, weights: _load(name, known[name], weights),
        weights=_EXPECTED,
    )


def _networks() -> dict[str, Any]:
    """Name → function of each network."""
    members = vars(keras.applications)
    return {name: one for name, one in members.items() if name[0].isupper() and callable(one)}


def _load(name: str, network: Any, weights: str) -> Classifier:
    digest = "" if weights == IMAGENET else checked_weights(f"keras:{name}", weights, _EXPECTED)
    source = weights if weights == IMAGENET else str(Path(weights))
    try:
        # an own input, because a network that knows its weights would insist on the size of another
        size = network(weights=None).input_shape[1]
        model = network(weights=source, input_shape=(size, size, 3), classifier_activation=None)
    except Exception as error:  # downloads and files fail in many ways
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        advice = (
            "; without a network give the path of the .h5 file that keras.applications downloads as "
            "`classifier_weights`."
            if weights == IMAGENET
            else f"; expected the .h5 file of {name} with its top layer."
        )
        raise CommandError(f"keras:{name}: its weights ({weights}) cannot be had: {reason}{advice}") from error
    preprocess = vars(sys.modules[network.__module__])["preprocess_input"]

    def logits(images: Any) -> Any:
        return one_head(model(preprocess(RANGES["bytes"](images)), training=False))

    return Classifier(
        name=name,
        network=logits,
        geometry=Geometry(size=size, resized=round(size / _CROPPED)),
        num_classes=model.output_shape[-1],
        weights_sha256=digest or array_digest(variable.numpy() for variable in model.variables),
    )


APPLICATIONS = Family("keras", "NAME", KerasApplicationOptions, application_part)
