"""The suite `masks`: does a digit CGN do what its labels say?"""

from __future__ import annotations

from typing import Any

import keras

from cgn_tf.datasets.digits.options import DigitOptions
from cgn_tf.datasets.digits.sources import load_digits
from cgn_tf.evaluation.config import EvaluateConfig
from cgn_tf.evaluation.judged_models import load_cgn
from cgn_tf.evaluation.mask_classifier import binarise, read, train_mask_classifier
from cgn_tf.evaluation.mask_quality import evaluate_masks

MASK_CLASSIFIER_BATCH = 128


def evaluate_mask_suite(config: EvaluateConfig) -> dict[str, Any]:
    """Judges one CGN on images with the same label for all factors, and on counterfactuals.

    Returns:
        The accuracy of the classifier of strokes in [0, 1], and the figures of `evaluate_masks` for both.

    Raises:
        CommandError: no model, one of another variant, or no digits.
    """
    cgn = load_cgn(config.masks_suite.model, config.data)
    mask_classifier, accuracy = trained_mask_classifier(config)
    return {"mask_classifier_accuracy": accuracy} | {
        name: evaluate_masks(
            cgn,
            mask_classifier,
            config.data.part.stroke_colours,
            samples=config.samples,
            seed=config.seed,
            counterfactual=name == "counterfactual",
            truncation=config.truncation,
        )
        for name in ("same_labels", "counterfactual")
    }


def trained_mask_classifier(config: EvaluateConfig) -> tuple[keras.Model, float]:
    """A classifier of strokes, and its accuracy on the real strokes of the test split, in [0, 1]."""
    options = config.data.dataset_options.of(DigitOptions)
    real, unseen = (load_digits(options.digits, split, options.data_dir or None) for split in ("train", "test"))
    mask_classifier = train_mask_classifier(real, config.mask_classifier_steps, MASK_CLASSIFIER_BATCH, config.seed)
    return mask_classifier, float((read(mask_classifier, binarise(unseen.images)) == unseen.labels).mean())
