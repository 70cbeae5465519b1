"""The models that an evaluation of digits is about, from their directories."""

from __future__ import annotations

from typing import cast

import keras

from cgn_tf import checkpoints
from cgn_tf.datasets.digits.sources import IMAGE_SIZE, NUM_CLASSES
from cgn_tf.datasets.trained_on import refuse_other_dataset, trained_on
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN
from cgn_tf.models.networks.digit_classifier import DigitClassifier


def load_digit_cgn(directory: str, dataset: str) -> CGN:
    """The CGN of a work directory or converted checkpoint, to be judged as one of a data set.

    Raises:
        CheckpointError: none that is sound.
        CommandError: another model, one of images of another size, or one that was trained on another data set.
    """
    model, origin = checkpoints.load_with_source(directory)
    cgn = cast(CGN, _of_digits(model, CGN, directory, "CGN"))
    refuse_other_dataset(directory, "a CGN", trained_on(origin.config), dataset)
    return cgn


def load_digit_classifier(directory: str) -> DigitClassifier:
    """The classifier of a work directory.

    Raises:
        CheckpointError: none that is sound.
        CommandError: another model.
    """
    return cast(DigitClassifier, _of_digits(checkpoints.load(directory), DigitClassifier, directory, "classifier"))


def _of_digits(model: keras.Model, kind: type[CGN] | type[DigitClassifier], directory: str, what: str) -> keras.Model:
    if not isinstance(model, kind) or model.image_size != IMAGE_SIZE or model.num_classes != NUM_CLASSES:
        raise CommandError(f"{directory}: expected a digit {what}, got another model; this evaluation reads digits.")
    return model
