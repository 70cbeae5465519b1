"""The suite `digits`: how far do classifiers of digits, and the masks that they learned from, go by the shape?"""

from __future__ import annotations

from collections.abc import Sequence

from cgn_tf.datasets.contract import MissingSplitError
from cgn_tf.evaluation.classifier_evaluation import evaluate_classifiers
from cgn_tf.evaluation.contract import SuitePart, SuiteRequest
from cgn_tf.evaluation.judged_models import load_judged
from cgn_tf.evaluation.mask_quality import evaluate_masks
from cgn_tf.evaluation.mask_suite import trained_mask_classifier
from cgn_tf.evaluation.read_masks import ReadMask, ReadMasks
from cgn_tf.evaluation.report import Report
from cgn_tf.evaluation.report_options import OpenSplit, ReportOptions, check_data, check_report_options, make_report
from cgn_tf.models.cgn import CGN


def judge_digits(request: SuiteRequest, open_split: OpenSplit) -> Report:
    """Judges all classifiers and CGNs, and prints the accuracy of each classifier as soon as it is known.

    Args:
        request: says which.
        open_split: name of a split ("train", "test", "official_test") → its images.

    Raises:
        CommandError: a directory without a model, or with another one; models of another variant, or two
            classifiers of one seed; no digits or textures.
    """
    judged = load_judged(request)
    splits = {name: open_split(name) for name in ("train", "test")}
    try:
        splits["official_test"] = open_split("official_test")
    except MissingSplitError as error:  # the other figures do without
        print(f"without the official test split: {error}", flush=True)
    groups = evaluate_classifiers(judged.classifiers, splits, "test")
    return Report(
        dataset=request.data.dataset,
        class_names=tuple(map(str, range(splits["test"].num_classes))),
        images={name: len(data) for name, data in splits.items()},
        about="The first is the variant's own training split, where texture and background follow the digit, also for "
        "classifiers that learned from other images; elsewhere both are independent of it.",
        groups=groups,
        confused_on="test",
        masks=_read_masks(request, judged.cgns),
    )


def _read_masks(request: SuiteRequest, cgns: Sequence[tuple[str, CGN]]) -> ReadMasks:
    """The masks of each CGN as read, and the accuracy of the classifier that reads them; without CGNs none is made."""
    if not cgns:
        return ReadMasks([], None)
    mask_classifier, accuracy = trained_mask_classifier(request)
    masks = []
    for directory, cgn in cgns:
        figures = evaluate_masks(
            cgn,
            mask_classifier,
            None,
            samples=request.options.samples,
            seed=request.options.seed,
            counterfactual=False,
            truncation=request.options.truncation,
        )
        masks.append(ReadMask(directory, figures["read"], figures["read_by_class"]))
    return ReadMasks(masks, accuracy)


def _check(request: SuiteRequest) -> None:
    check_data("digits", True, request)
    check_report_options("digits", request)


DIGITS = SuitePart(
    name="digits",
    summary="Judges classifiers of digits, and CGNs besides.",
    options=ReportOptions,
    evaluate=lambda request: make_report(request, judge_digits),
    check=_check,
    reads_data=True,
)
