"""A Keras model of somebody's own, from its file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import keras

from cgn_tf.classifiers.contract import Classifier, ClassifierPart
from cgn_tf.classifiers.foreign import Foreign, foreign_classifier
from cgn_tf.classifiers.foreign_options import ForeignOptions
from cgn_tf.classifiers.inert_config import check_inert
from cgn_tf.classifiers.weight_file import checked_weights
from cgn_tf.errors import CommandError

_EXPECTED = "the path of a .keras file, or of the .h5 of a whole model"


def _load(options: ForeignOptions, weights: str) -> Classifier:
    options.check_said("keras")
    digest = checked_weights("keras", weights, _EXPECTED)
    path = Path(weights)
    check_inert(path)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever its layers raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise CommandError(f"{path}: Keras cannot load it: {reason}") from error
    if len(getattr(model, "inputs", None) or [None]) != 1:
        raise CommandError(f"{path}: expected a model of one input, got {len(model.inputs)}.")
    declared = model.inputs[0] if getattr(model, "inputs", None) else None
    return foreign_classifier(
        Foreign(
            name=path.stem,
            what=str(path),
            call=partial(model, training=False),
            shape=None if declared is None else tuple(declared.shape),
            dtype="float32" if declared is None else str(declared.dtype),
            output_names=getattr(model, "output_names", ()),
            sha256=digest,
        ),
        options,
    )


KERAS = ClassifierPart(
    name="keras",
    summary="A Keras model of your own: a .keras file, or a .h5 of a whole model; loading it runs no code.",
    options=ForeignOptions,
    load=_load,
    weights=_EXPECTED,
)
