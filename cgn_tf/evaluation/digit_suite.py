"""The suite `digits`: how far do classifiers of digits, and the masks that they learned from, go by the shape?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cgn_tf.datasets.contract import ImageDataset, MissingSplitError
from cgn_tf.evaluation.classifier_evaluation import evaluate_classifiers
from cgn_tf.evaluation.config import EvaluateConfig
from cgn_tf.evaluation.judged_models import load_judged
from cgn_tf.evaluation.mask_quality import evaluate_masks
from cgn_tf.evaluation.mask_suite import trained_mask_classifier
from cgn_tf.evaluation.read_masks import ReadMask, ReadMasks
from cgn_tf.evaluation.report import Report
from cgn_tf.models.cgn import CGN


def evaluate_digit_suite(config: EvaluateConfig, open_split: Callable[[str], ImageDataset]) -> Report:
    """Judges all classifiers and CGNs, and prints the accuracy of each classifier as soon as it is known.

    Args:
        config: says which.
        open_split: name of a split ("train", "test", "official_test") → its images.

    Raises:
        CommandError: a directory without a model, or with another one; models of another variant, or two
            classifiers of one seed; no digits or textures.
    """
    judged = load_judged(config)
    splits = {name: open_split(name) for name in ("train", "test")}
    try:
        splits["official_test"] = open_split("official_test")
    except MissingSplitError as error:  # the other figures do without
        print(f"without the official test split: {error}", flush=True)
    groups = evaluate_classifiers(judged.classifiers, splits, "test")
    return Report(
        dataset=config.data.dataset,
        class_names=tuple(map(str, range(splits["test"].num_classes))),
        images={name: len(data) for name, data in splits.items()},
        about="The first is the variant's own training split, where texture and background follow the digit, also for "
        "classifiers that learned from other images; elsewhere both are independent of it.",
        groups=groups,
        confused_on="test",
        masks=_read_masks(config, judged.cgns),
    )


def _read_masks(config: EvaluateConfig, cgns: Sequence[tuple[str, CGN]]) -> ReadMasks:
    """The masks of each CGN as read, and the accuracy of the classifier that reads them; without CGNs none is made."""
    if not cgns:
        return ReadMasks([], None)
    mask_classifier, accuracy = trained_mask_classifier(config)
    masks = []
    for directory, cgn in cgns:
        figures = evaluate_masks(
            cgn,
            mask_classifier,
            None,
            samples=config.samples,
            seed=config.seed,
            counterfactual=False,
            truncation=config.truncation,
        )
        masks.append(ReadMask(directory, figures["read"], figures["read_by_class"]))
    return ReadMasks(masks, accuracy)
