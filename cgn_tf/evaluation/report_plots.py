"""A report as plots."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from cgn_tf.evaluation.classifier_evaluation import SeedGroup
from cgn_tf.evaluation.interval import Interval
from cgn_tf.evaluation.report import COUNTERFACTUAL_METHOD, SPLIT_TITLES, Report
from cgn_tf.render.class_titles import short_title
from cgn_tf.render.plots import Point, bars, curve, heat_maps

MAX_CLASSES = 30
"""Classes up to which a table of them can be read as a plot; report.json has those of more."""


def plots(report: Report) -> Iterator[tuple[str, str, Figure]]:
    """Draws what there is, one plot after the other: (section of the report, name of the file, figure)."""
    yield "accuracy", "accuracy.png", _accuracy(report)
    for group in report.groups if len(report.class_names) <= MAX_CLASSES else ():
        # a method's name comes from a file, and goes into the name of another
        method = re.sub(r"[^A-Za-z0-9_-]", "_", group.method)
        yield "confusion", f"confusion_{method}_{group.training_images}.png", _confusion(report, group)
    if counted := report.counterfactual_groups():
        yield "counterfactuals", "counterfactuals.png", _counterfactuals(report, counted)
    if (masks := report.masks.plot()) is not None:
        yield "masks", "masks.png", masks


def _accuracy(report: Report) -> Figure:
    return bars(
        [f"{group.method}\n{group.training_images:,} images" for group in report.groups],
        {SPLIT_TITLES[split]: [_point(group.accuracy(split)) for group in report.groups] for split in report.images},
        {
            SPLIT_TITLES[split]: [getattr(report.published.get(group.method), split, None) for group in report.groups]
            for split in ("train", "test")
        },
        report.chance,
    )


def _confusion(report: Report, group: SeedGroup) -> Figure:
    matrices, agreement = group.matrices()._asdict(), group.agreement()._asdict()
    titles = list(map(short_title, report.class_names))
    maps = {}
    for name in report.factors:
        matrix = matrices[name]
        count = matrix.sum(axis=1, keepdims=True)
        share = 100 * matrix / np.where(count, count, np.nan)
        maps[f"{name}: {agreement[name]} %"] = share
    figure = heat_maps(maps, titles, titles, "label of the factor", "prediction")
    title = f"{group.title}: predictions, % of a row; in the titles: equal to the label"
    figure.suptitle(title, size=11, parse_math=False)
    return figure


def _counterfactuals(report: Report, groups: list[SeedGroup]) -> Figure:
    splits = {split: title for split, title in SPLIT_TITLES.items() if split in report.images and split != "train"}
    published = report.published.get(COUNTERFACTUAL_METHOD)
    return curve(
        [group.training_images for group in groups],
        {title: [_point(group.accuracy(split)) for group in groups] for split, title in splits.items()},
        {
            title: [[one.accuracy[split] for one in group.members] for group in groups]
            for split, title in splits.items()
        },
        None if published is None else published.test,
        "counterfactuals in the training set",
    )


def _point(interval: Interval | None) -> Point | None:
    return None if interval is None else Point(interval.mean, interval.half)
