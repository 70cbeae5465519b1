"""The suite `images`: how well do classifiers of photographs do, and what do they go by?

No classifier can say whether a mask shows the object of its class, as one of strokes can of digits; and labels of
texture and background differ from the class in no photograph. So predictions are held against the three labels on
counterfactuals, and masks are judged by their size and how decided they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgn_tf.datasets.contract import ImageDataset, MissingSplitError
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.evaluation.cgn_samples import cgn_samples
from cgn_tf.evaluation.classifier_evaluation import evaluate_classifiers
from cgn_tf.evaluation.contract import SuitePart, SuiteRequest
from cgn_tf.evaluation.judged_models import load_judged
from cgn_tf.evaluation.masks_by_class import MasksByClass, judge_masks
from cgn_tf.evaluation.report import Report
from cgn_tf.evaluation.report_options import OpenSplit, ReportOptions, check_data, check_report_options, make_report
from cgn_tf.models.cgn import CGN
from cgn_tf.ops.clipping import as_uint8
from cgn_tf.types import Triplet

_COUNTERFACTUALS = "counterfactuals"


def judge_images(request: SuiteRequest, open_split: OpenSplit) -> Report:
    """Judges all classifiers and CGNs, and prints the accuracy of each classifier as soon as it is known.

    Args:
        request: says which.
        open_split: name of a split ("validation", "test") → its images.

    Raises:
        CommandError: a directory without a model, or with another one; models of other classes, or two classifiers of
            one seed; no data.
    """
    judged = load_judged(request)
    splits: dict[str, ImageDataset] = {}
    try:
        splits["validation"] = open_split("validation")
    except MissingSplitError as error:  # the other figures do without
        print(f"without the validation split: {error}", flush=True)
    splits["test"] = open_split("test")
    about = "In these splits texture and background are those of the class."
    if judged.cgns:
        splits[_COUNTERFACTUALS] = _counterfactuals([cgn for _, cgn in judged.cgns], request.options)
        about = (
            f"{about} The counterfactuals are drawn from the CGNs of this report, in equal number and with independent "
            "labels; whoever learned from one of these CGNs has seen their like."
        )
    confused_on = _COUNTERFACTUALS if judged.cgns else "test"
    groups = evaluate_classifiers(judged.classifiers, splits, confused_on)
    names = request.data.class_names or tuple(map(str, range(splits["test"].num_classes)))
    options = request.options
    masks = [
        judge_masks(directory, cgn, options.samples, options.seed, options.truncation) for directory, cgn in judged.cgns
    ]
    return Report(
        dataset=request.data.dataset,
        class_names=names,
        images={name: len(data) for name, data in splits.items()},
        about=about,
        groups=groups,
        confused_on=confused_on,
        factors=Triplet._fields if judged.cgns else ("shape",),
        by_class_on="test",
        masks=MasksByClass(masks, names),
    )


def _counterfactuals(cgns: Sequence[CGN], options: ReportOptions) -> StoredImages:
    """Counterfactuals of several CGNs, in equal number; as many as `options.samples`, but at least one of each."""
    images, labels = [], []
    for number, cgn in enumerate(cgns):
        count = max(1, options.samples // len(cgns))
        for composite, drawn in cgn_samples(
            cgn, count, options.seed + number, counterfactual=True, truncation=options.truncation
        ):
            images.append(np.asarray(as_uint8(composite.image, -1.0, 1.0)))
            labels.append(drawn)
    factors = Triplet(*(np.concatenate(factor) for factor in zip(*labels, strict=True)))
    return StoredImages(np.concatenate(images), factors, options.seed, cgns[0].num_classes)


def _check(request: SuiteRequest) -> None:
    check_data("images", False, request)
    check_report_options("images", request)


IMAGES = SuitePart(
    name="images",
    summary="Judges classifiers of photographs, and CGNs besides: data sets folder and tfds:NAME.",
    options=ReportOptions,
    evaluate=lambda request: make_report(request, judge_images),
    check=_check,
    reads_data=True,
)
