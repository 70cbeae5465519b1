"""The report of the digits suite as plots."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from cgn_tf.datasets.digits.sources import NUM_CLASSES
from cgn_tf.evaluation.classifier_evaluation import SeedGroup
from cgn_tf.evaluation.digit_report import COUNTERFACTUAL_METHOD, SPLIT_TITLES, DigitReport, short_names
from cgn_tf.evaluation.interval import Interval
from cgn_tf.evaluation.published import PAPER
from cgn_tf.render.plots import Point, bars, curve, heat_maps

_CLASSES = [str(label) for label in range(NUM_CLASSES)]


def plots(report: DigitReport) -> Iterator[tuple[str, str, Figure]]:
    """Draws what there is, one plot after the other: (section of the report, name of the file, figure)."""
    yield "accuracy", "accuracy.png", _accuracy(report)
    for group in report.groups:
        # a method's name comes from a file, and goes into the name of another
        method = re.sub(r"[^A-Za-z0-9_-]", "_", group.method)
        yield "confusion", f"confusion_{method}_{group.training_images}.png", _confusion(group)
    if counted := report.counterfactual_groups():
        yield "counterfactuals", "counterfactuals.png", _counterfactuals(report, counted)
    if report.masks:
        yield "masks", "masks.png", _masks(report)


def _accuracy(report: DigitReport) -> Figure:
    published = PAPER[report.variant]
    return bars(
        [f"{group.method}\n{group.training_images:,} images" for group in report.groups],
        {SPLIT_TITLES[split]: [_point(group.accuracy(split)) for group in report.groups] for split in report.images},
        {
            SPLIT_TITLES[split]: [getattr(published.get(group.method), split, None) for group in report.groups]
            for split in ("train", "test")
        },
        100 / NUM_CLASSES,
    )


def _confusion(group: SeedGroup) -> Figure:
    matrices, agreement = group.matrices()._asdict(), group.agreement()._asdict()
    maps = {}
    for name, matrix in matrices.items():
        count = matrix.sum(axis=1, keepdims=True)
        share = 100 * matrix / np.where(count, count, np.nan)
        maps[f"{name}: {agreement[name]} %"] = share
    figure = heat_maps(maps, _CLASSES, _CLASSES, "label of the factor", "prediction")
    figure.suptitle(f"{group.title}: predictions, % of a row; in the titles: equal to the label", size=11)
    return figure


def _counterfactuals(report: DigitReport, groups: list[SeedGroup]) -> Figure:
    splits = {split: title for split, title in SPLIT_TITLES.items() if split in report.images and split != "train"}
    return curve(
        [group.training_images for group in groups],
        {title: [_point(group.accuracy(split)) for group in groups] for split, title in splits.items()},
        {
            title: [[one.accuracy[split] for one in group.members] for group in groups]
            for split, title in splits.items()
        },
        PAPER[report.variant][COUNTERFACTUAL_METHOD].test,
        "counterfactuals in the training set",
    )


def _masks(report: DigitReport) -> Figure:
    shares = 100 * np.array([one.read_by_class for one in report.masks])
    names = [
        f"{name}  {100 * one.read:.1f}"
        for name, one in zip(short_names([one.directory for one in report.masks]), report.masks, strict=True)
    ]
    return heat_maps({"masks that are read as their label, %": shares}, names, _CLASSES, "CGN, mean", "class")


def _point(interval: Interval | None) -> Point | None:
    return None if interval is None else Point(interval.mean, interval.half)
