"""The suite `masks`: does a digit CGN do what its labels say?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from cgn_tf.datasets.digits.options import DigitOptions
from cgn_tf.datasets.digits.sources import load_digits
from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.contract import SuitePart, SuiteRequest
from cgn_tf.evaluation.judged_models import load_cgn
from cgn_tf.evaluation.mask_classifier import binarise, read, train_mask_classifier
from cgn_tf.evaluation.mask_quality import evaluate_masks
from cgn_tf.evaluation.report_options import check_data
from cgn_tf.evaluation.sample_options import (
    mask_classifier_steps_option,
    sample_seed_option,
    samples_option,
    truncation_option,
)
from cgn_tf.files.json_file import json_text, write_json_output
from cgn_tf.options.declaration import check_options, path_option
from cgn_tf.options.paths import PathUse

MASK_CLASSIFIER_BATCH = 128


@dataclass(frozen=True)
class MasksOptions:
    """Suite masks: does a digit CGN do what its labels say?"""

    model: str = path_option("", "Work directory or converted checkpoint of a digit CGN. Required.", PathUse.READ)
    output: str = path_option("", "File for the figures, JSON; empty: only printed.", PathUse.WRITE_FILE)
    samples: int = samples_option("Number of images of the CGN that are judged, and of counterfactuals besides.")
    truncation: float = truncation_option()
    mask_classifier_steps: int = mask_classifier_steps_option()
    seed: int = sample_seed_option()

    def __post_init__(self) -> None:
        check_options(self)


def judge_masks_of_digits(request: SuiteRequest) -> dict[str, Any]:
    """Judges one CGN on images with the same label for all factors, and on counterfactuals.

    Returns:
        The accuracy of the classifier of strokes in [0, 1], and the figures of `evaluate_masks` for both.

    Raises:
        CommandError: no model, one of another variant, or no digits.
    """
    options = request.options
    cgn = load_cgn(options.model, request.data)
    mask_classifier, accuracy = trained_mask_classifier(request)
    return {"mask_classifier_accuracy": accuracy} | {
        name: evaluate_masks(
            cgn,
            mask_classifier,
            request.data.part.stroke_colours,
            samples=options.samples,
            seed=options.seed,
            counterfactual=name == "counterfactual",
            truncation=options.truncation,
        )
        for name in ("same_labels", "counterfactual")
    }


def trained_mask_classifier(request: SuiteRequest) -> tuple[keras.Model, float]:
    """A classifier of strokes, and its accuracy on the real strokes of the test split, in [0, 1]."""
    options, digits = request.options, request.data.dataset_options.of(DigitOptions)
    real, unseen = (load_digits(digits.digits, split, digits.data_dir or None) for split in ("train", "test"))
    mask_classifier = train_mask_classifier(real, options.mask_classifier_steps, MASK_CLASSIFIER_BATCH, options.seed)
    return mask_classifier, float((read(mask_classifier, binarise(unseen.images)) == unseen.labels).mean())


def _evaluate(request: SuiteRequest) -> None:
    figures = judge_masks_of_digits(request)
    print(json_text(figures))
    if request.options.output:
        write_json_output(Path(request.options.output), figures)


def _check(request: SuiteRequest) -> None:
    check_data("masks", True, request)
    if not request.options.model:
        raise ConfigError("`model`: expected the directory of a CGN, got none: `model=runs/quickstart`, for example.")


MASKS = SuitePart(
    name="masks",
    summary="Judges one CGN of digits: do masks and colours follow their own label alone?",
    options=MasksOptions,
    evaluate=_evaluate,
    check=_check,
    reads_data=True,
)
