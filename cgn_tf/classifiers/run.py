"""A classifier that this program has trained, from its work directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgn_tf import checkpoints
from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.classifiers.contract import Classifier, ClassifierPart, one_head
from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.errors import CommandError
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.options.dictionaries import option_values

_EXPECTED = "the work directory of a train_classifier run, or a converted checkpoint of one"
_FITS = {"crop": "crop_then_resize", "stretch": "stretch"}


@dataclass(frozen=True)
class RunOptions:
    """Classifier run: it has no options."""


def _load(options: RunOptions, weights: str) -> Classifier:
    if not weights:
        raise CommandError(f"`classifier_weights`: `classifier=run` expects {_EXPECTED}, got none.")
    model, source = checkpoints.load_with_source(weights)
    if not isinstance(model, DigitClassifier):
        raise CommandError(f"{weights}: expected a classifier of train_classifier, got a {type(model).__name__}.")
    size = model.image_size
    return Classifier(
        name=Path(weights).resolve().name,
        network=lambda images: one_head(model(images, training=False)),
        geometry=Geometry(size, size, _fit(source.config, weights), "bicubic"),
        num_classes=model.num_classes,
        weights_sha256=source.sha256,
        class_names=recorded_class_names(source.config),
    )


def _fit(config: Mapping[str, Any] | None, weights: str) -> str:
    """How the run brought photographs to squares; digits, and checkpoints without a configuration, had squares."""
    fit = option_values(config or {}).get("fit", "crop")
    if fit not in _FITS:
        raise CommandError(
            f"{weights}: expected a run with `fit=crop` or `fit=stretch`, got fit={fit}, whose bars photographs of "
            "other sets do not have."
        )
    return _FITS[fit]


RUN = ClassifierPart(
    name="run",
    summary="A classifier of this program, from the work directory of its train_classifier run.",
    options=RunOptions,
    load=_load,
    weights=_EXPECTED,
)
