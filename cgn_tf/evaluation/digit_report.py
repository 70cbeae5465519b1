"""What the digits suite found, for machines and for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf.datasets.digits.sources import NUM_CLASSES
from cgn_tf.evaluation.classifier_evaluation import CONFUSED_ON, ClassifierEvaluation, SeedGroup
from cgn_tf.evaluation.interval import Interval
from cgn_tf.evaluation.published import PAPER
from cgn_tf.render.markdown import markdown_table
from cgn_tf.types import Triplet

COUNTERFACTUAL_METHOD = "cgn"
"""The method whose training images are counterfactuals, so that their number is worth a curve."""
SPLIT_TITLES = {"train": "train", "test": "test", "official_test": "official test"}


class ReadMasks(NamedTuple):
    """How the masks of one CGN were read.

    Attributes:
        directory: of the CGN.
        read: share of the masks that were read as their shape label, in [0, 1].
        read_by_class: the same, class by class.
    """

    directory: str
    read: float
    read_by_class: Sequence[float]


class DigitReport(NamedTuple):
    """Everything that was found.

    Attributes:
        variant: the data set.
        images: split → number of images.
        groups: the classifiers.
        masks: of each CGN.
        mask_classifier_accuracy: of the classifier that reads masks, on real strokes, in [0, 1]; None where no CGN was
            judged.
    """

    variant: str
    images: Mapping[str, int]
    groups: Sequence[SeedGroup]
    masks: Sequence[ReadMasks]
    mask_classifier_accuracy: float | None

    def counterfactual_groups(self) -> list[SeedGroup]:
        """Those that learned from counterfactuals, by their number."""
        return [group for group in self.groups if group.method == COUNTERFACTUAL_METHOD]


def as_json(report: DigitReport) -> dict[str, Any]:
    """All figures; accuracies and agreement in percent, shares of masks in [0, 1]."""
    return {
        "variant": report.variant,
        "images": dict(report.images),
        "groups": [_group_json(report, group) for group in report.groups],
        "classifiers": [_evaluation_json(one) for group in report.groups for one in group.members],
        "counterfactuals": [
            {"training_images": group.training_images, "accuracy": _accuracies(report, group)}
            for group in report.counterfactual_groups()
        ],
        "mask_classifier_accuracy": report.mask_classifier_accuracy,
        "masks": [one._asdict() | {"read_by_class": list(one.read_by_class)} for one in report.masks],
    }


def as_markdown(report: DigitReport, plots: Mapping[str, Sequence[str]]) -> str:
    """Tables with the plots between them.

    Args:
        report: of at least one classifier.
        plots: section ("accuracy", "confusion", "masks", "counterfactuals") → names of files beside the text.
    """
    parts = [
        f"# Classifiers of {report.variant}",
        "Every classifier saw the same images: "
        + ", ".join(f"{count:,} ({SPLIT_TITLES[split]})" for split, count in report.images.items())
        + ". The first is the variant's own training split, where texture and background follow the digit, also for "
        "classifiers that learned from other images; elsewhere both are independent of it. Means ± 95 % interval "
        "(Student's t) over seeds"
        + ("; with one seed there is no interval." if any(len(group.members) == 1 for group in report.groups) else "."),
        "## Accuracy, %",
        _accuracy_table(report),
        *_pictures(plots, "accuracy"),
        f"## What the predictions follow ({SPLIT_TITLES[CONFUSED_ON]} split)",
        "Percent of the images whose prediction equals the label of a factor. Who goes by the shape alone agrees with "
        f"the others in {100 / NUM_CLASSES:g} %.",
        _agreement_table(report),
        *_pictures(plots, "confusion"),
    ]
    if counted := report.counterfactual_groups():
        parts += ["## Accuracy against the number of counterfactuals, %", _counted_table(report, counted)]
        parts += _pictures(plots, "counterfactuals")
    if report.masks:
        parts += [
            "## Masks that are read as their label, %",
            f"By a classifier of real strokes, which reads {100 * (report.mask_classifier_accuracy or 0):.1f} % of the "
            "unseen real ones.",
            _mask_table(report.masks),
            *_pictures(plots, "masks"),
        ]
    parts += ["## The classifiers one by one, %", _single_table(report)]
    return "\n\n".join(parts) + "\n"


def short_names(directories: Sequence[str]) -> list[str]:
    """The last part of each path, or as many parts as tell them apart."""
    split = [Path(directory).parts for directory in directories]
    deepest = max(map(len, split), default=1)
    for depth in range(1, deepest + 1):
        names = ["/".join(parts[-depth:]) for parts in split]
        if len(set(names)) == len(names):
            return names
    return list(directories)


def _accuracy_table(report: DigitReport) -> str:
    published = PAPER[report.variant]
    head = ["method", "training images", "seeds", *(SPLIT_TITLES[split] for split in report.images), "paper: test"]
    rows = [
        [
            *_named(group),
            *(_shown(group.accuracy(split)) for split in report.images),
            str(published[group.method].test) if group.method in published else "–",
        ]
        for group in report.groups
    ]
    return markdown_table(head, rows)


def _agreement_table(report: DigitReport) -> str:
    rows = [[*_named(group), *map(str, group.agreement())] for group in report.groups]
    return markdown_table(["method", "training images", "seeds", *Triplet._fields], rows)


def _counted_table(report: DigitReport, groups: Sequence[SeedGroup]) -> str:
    splits = [split for split in report.images if split != "train"]
    rows = [[*_named(group)[1:], *(_shown(group.accuracy(split)) for split in splits)] for group in groups]
    return markdown_table(["counterfactuals", "seeds", *(SPLIT_TITLES[split] for split in splits)], rows)


def _mask_table(masks: Sequence[ReadMasks]) -> str:
    names = short_names([one.directory for one in masks])
    rows = [
        [name, f"{100 * one.read:.1f}", *(f"{100 * share:.1f}" for share in one.read_by_class)]
        for name, one in zip(names, masks, strict=True)
    ]
    return markdown_table(["CGN", "all", *map(str, range(NUM_CLASSES))], rows)


def _single_table(report: DigitReport) -> str:
    members = [one for group in report.groups for one in group.members]
    head = ["directory", "method", "training images", "seed", "steps"]
    head += [*(SPLIT_TITLES[split] for split in report.images), "test, as its run measured it"]
    rows = []
    for name, one in zip(short_names([one.directory for one in members]), members, strict=True):
        metrics = one.metrics
        run = [name, metrics.method, f"{metrics.training_images:,}", str(metrics.seed), f"{metrics.steps:,}"]
        rows.append([*run, *(f"{one.accuracy[split]:.2f}" for split in report.images), f"{metrics.test_accuracy:.2f}"])
    return markdown_table(head, rows)


def _named(group: SeedGroup) -> list[str]:
    return [group.method, f"{group.training_images:,}", str(len(group.members))]


def _shown(interval: Interval | None) -> str:
    return "–" if interval is None else str(interval)


def _pictures(plots: Mapping[str, Sequence[str]], section: str) -> list[str]:
    return [f"![{Path(name).stem.replace('_', ' ')}]({name})" for name in plots.get(section, ())]


def _group_json(report: DigitReport, group: SeedGroup) -> dict[str, Any]:
    published = PAPER[report.variant].get(group.method)
    return {
        "method": group.method,
        "training_images": group.training_images,
        "seeds": [one.metrics.seed for one in group.members],
        "accuracy": _accuracies(report, group),
        "agreement": {name: interval._asdict() for name, interval in group.agreement()._asdict().items()},
        "confusion": {name: matrix.tolist() for name, matrix in group.matrices()._asdict().items()},
        "paper": None if published is None else published._asdict(),
    }


def _accuracies(report: DigitReport, group: SeedGroup) -> dict[str, Any]:
    found = {split: group.accuracy(split) for split in report.images}
    return {split: None if interval is None else interval._asdict() for split, interval in found.items()}


def _evaluation_json(one: ClassifierEvaluation) -> dict[str, Any]:
    metrics = one.metrics
    recorded = {name: getattr(metrics, f"{name}_accuracy") for name in ("train", "validation", "test", "official_test")}
    return {
        "directory": one.directory,
        "method": metrics.method,
        "seed": metrics.seed,
        "steps": metrics.steps,
        "training_images": metrics.training_images,
        "accuracy": dict(one.accuracy),
        "recorded_accuracy": recorded,
        "agreement": {name: factor.agreement for name, factor in one.confusion._asdict().items()},
        "confusion": {name: factor.matrix.tolist() for name, factor in one.confusion._asdict().items()},
    }
