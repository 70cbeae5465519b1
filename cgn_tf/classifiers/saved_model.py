"""A SavedModel of somebody's own, whatever it was made with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.classifiers.contract import Classifier, ClassifierPart
from cgn_tf.classifiers.foreign import Foreign, foreign_classifier
from cgn_tf.classifiers.foreign_options import ForeignOptions
from cgn_tf.errors import CommandError
from cgn_tf.files.contents import FileTree, digest_of

_EXPECTED = "the directory of a SavedModel, which holds saved_model.pb"
_SIGNATURE = "serving_default"


def _load(options: ForeignOptions, weights: str) -> Classifier:
    options.check_said("saved_model")
    directory = Path(weights)
    if not weights or not (directory / "saved_model.pb").is_file():
        got = f"got {weights}, which holds none" if weights else "got none"
        raise CommandError(f"`classifier_weights`: `classifier=saved_model` expects {_EXPECTED}, {got}.")
    try:
        loaded = tf.saved_model.load(directory)
    except Exception as error:  # TensorFlow raises whatever the file provokes
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise CommandError(f"{directory}: TensorFlow cannot load it: {reason}") from error
    names = sorted(str(one.relative_to(directory)) for one in directory.rglob("*") if one.is_file())
    digest = digest_of("classifier_weights", FileTree(directory, names))
    return foreign_classifier(_foreign(loaded, directory, digest), options)


def _foreign(loaded: Any, directory: Path, digest: str) -> Foreign:
    what, name = str(directory), directory.resolve().name
    signature = getattr(loaded, "signatures", {}).get(_SIGNATURE)
    if signature is None:
        if not callable(loaded):
            raise CommandError(
                f"{what}: expected a SavedModel with the signature {_SIGNATURE}, or one to call, got neither."
            )
        return Foreign(name, what, loaded, None, "float32", (), digest)
    inputs = signature.structured_input_signature[1]
    if len(inputs) != 1:
        raise CommandError(f"{what}: expected a signature {_SIGNATURE} of one input, got {', '.join(sorted(inputs))}.")
    ((key, spec),) = inputs.items()

    def call(images: Any) -> Any:
        # through `loaded`, which its variables live no longer than
        outputs = loaded.signatures[_SIGNATURE](**{key: images})
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    shape = None if spec.shape.rank is None else tuple(spec.shape)
    return Foreign(name, what, call, shape, spec.dtype.name, (), digest)


SAVED_MODEL = ClassifierPart(
    name="saved_model",
    summary="A SavedModel of your own: its signature serving_default, or the model as it is called.",
    options=ForeignOptions,
    load=_load,
    weights=_EXPECTED,
)
