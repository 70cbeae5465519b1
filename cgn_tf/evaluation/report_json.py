"""A report for machines."""

from __future__ import annotations

from typing import Any

from cgn_tf.evaluation.classifier_evaluation import ClassifierEvaluation, SeedGroup
from cgn_tf.evaluation.report import Report

_RECORDED = ("train", "validation", "test", "official_test")


def as_json(report: Report) -> dict[str, Any]:
    """All figures; accuracies and agreement in percent, shares of masks in [0, 1]."""
    return {
        "variant": report.dataset,
        "class_names": list(report.class_names),
        "images": dict(report.images),
        "confused_on": report.confused_on,
        "groups": [_group(report, group) for group in report.groups],
        "classifiers": [_evaluation(report, one) for group in report.groups for one in group.members],
        "counterfactuals": [
            {"training_images": group.training_images, "accuracy": _accuracies(report, group)}
            for group in report.counterfactual_groups()
        ],
        **report.masks.as_json(),
    }


def _group(report: Report, group: SeedGroup) -> dict[str, Any]:
    published = report.published.get(group.method)
    agreement, matrices = group.agreement()._asdict(), group.matrices()._asdict()
    return {
        "method": group.method,
        "training_images": group.training_images,
        "seeds": [one.metrics.seed for one in group.members],
        "accuracy": _accuracies(report, group),
        "agreement": {name: agreement[name]._asdict() for name in report.factors},
        "confusion": {name: matrices[name].tolist() for name in report.factors},
        "paper": None if published is None else published._asdict(),
    }


def _accuracies(report: Report, group: SeedGroup) -> dict[str, Any]:
    found = {split: group.accuracy(split) for split in report.images}
    return {split: None if interval is None else interval._asdict() for split, interval in found.items()}


def _evaluation(report: Report, one: ClassifierEvaluation) -> dict[str, Any]:
    metrics, confusion = one.metrics, one.confusion._asdict()
    return {
        "directory": one.directory,
        "method": metrics.method,
        "seed": metrics.seed,
        "steps": metrics.steps,
        "training_images": metrics.training_images,
        "accuracy": dict(one.accuracy),
        "accuracy_by_class": {split: list(shares) for split, shares in one.accuracy_by_class.items()},
        "recorded_accuracy": {name: getattr(metrics, f"{name}_accuracy") for name in _RECORDED},
        "agreement": {name: confusion[name].agreement for name in report.factors},
        "confusion": {name: confusion[name].matrix.tolist() for name in report.factors},
    }
