"""The models that an evaluation of digits is about, from their directories."""

from __future__ import annotations

from typing import cast

import keras

from cgn_tf import checkpoints
from cgn_tf.datasets.digits.sources import IMAGE_SIZE, NUM_CLASSES
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN
from cgn_tf.models.networks.digit_classifier import DigitClassifier


def load_digit_cgn(directory: str) -> CGN:
    """The CGN of a work directory or converted checkpoint.

    Raises:
        CheckpointError: none that is sound.
        CommandError: another model, or one of other images.
    """
    return cast(CGN, _of_digits(checkpoints.load(directory), CGN, directory, "CGN"))


def load_digit_classifier(directory: str) -> DigitClassifier:
    """The classifier of a work directory; raises as `load_digit_cgn` does."""
    return cast(DigitClassifier, _of_digits(checkpoints.load(directory), DigitClassifier, directory, "classifier"))


def _of_digits(model: keras.Model, kind: type[CGN] | type[DigitClassifier], directory: str, what: str) -> keras.Model:
    if not isinstance(model, kind) or model.image_size != IMAGE_SIZE or model.num_classes != NUM_CLASSES:
        raise CommandError(f"{directory}: expected a digit {what}, got another model; this evaluation reads digits.")
    return model
