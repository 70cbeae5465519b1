"""A report for readers, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cgn_tf.evaluation.accuracy import short_percent
from cgn_tf.evaluation.classifier_evaluation import ClassifierEvaluation, SeedGroup
from cgn_tf.evaluation.interval import Interval, proportion_interval
from cgn_tf.evaluation.report import SPLIT_TITLES, Report, short_names
from cgn_tf.render.markdown import markdown_table, pictures


def as_markdown(report: Report, plots: Mapping[str, Sequence[str]]) -> str:
    """Tables with the plots between them.

    Args:
        report: of at least one classifier.
        plots: section ("accuracy", "confusion", "masks", "counterfactuals") → names of files beside the text.
    """
    single = any(len(group.members) == 1 for group in report.groups)
    parts = [
        f"# Classifiers of {report.dataset}",
        "Every classifier saw the same images: "
        + ", ".join(f"{count:,} ({SPLIT_TITLES[split]})" for split, count in report.images.items())
        + f". {report.about} Means ± 95 % interval (Student's t) over seeds"
        + ("; with one seed there is no interval." if single else "."),
        "## Accuracy, %",
        _accuracy_table(report),
        *pictures(plots, "accuracy"),
        *_by_class(report),
        *_followed(report),
        *pictures(plots, "confusion"),
    ]
    if counted := report.counterfactual_groups():
        parts += ["## Accuracy against the number of counterfactuals, %", _counted_table(report, counted)]
        parts += pictures(plots, "counterfactuals")
    parts += [*report.masks.as_markdown(), *pictures(plots, "masks")]
    parts += ["## The classifiers one by one, %", _single_table(report)]
    return "\n\n".join(parts) + "\n"


def _accuracy_table(report: Report) -> str:
    published = report.published
    head = ["method", "training images", "seeds", *(SPLIT_TITLES[split] for split in report.images)]
    rows = [
        [
            *_named(group),
            *(_shown(group.accuracy(split)) for split in report.images),
            *([str(published[group.method].test) if group.method in published else "–"] if published else []),
        ]
        for group in report.groups
    ]
    return markdown_table([*head, *(["paper: test"] if published else [])], rows)


def _by_class(report: Report) -> list[str]:
    """Class by class, of every classifier."""
    split = report.by_class_on
    if split is None:
        return []
    members, names = _members(report)
    rows = []
    for name, one in zip(names, members, strict=True):
        low, high = proportion_interval(one.accuracy[split] / 100, report.images[split])
        shares = ["–" if share is None else f"{share:.1f}" for share in one.accuracy_by_class[split]]
        rows.append([name, f"{one.accuracy[split]:.2f} ({100 * low:.1f} to {100 * high:.1f})", *shares])
    return [
        f"## Accuracy class by class, % ({SPLIT_TITLES[split]} split)",
        "In brackets the 95 % interval (Wilson) of one classifier, as far as it comes from the number of images.",
        markdown_table(["classifier", "all", *report.class_names], rows),
    ]


def _followed(report: Report) -> list[str]:
    """What predictions go by, where the labels of the factors differ."""
    if len(report.factors) == 1:
        return [f"## Predictions on the {SPLIT_TITLES[report.confused_on]} split"]
    where = SPLIT_TITLES[report.confused_on] + ("" if report.confused_on == "counterfactuals" else " split")
    rows = [
        [*_named(group), *(str(getattr(group.agreement(), name)) for name in report.factors)] for group in report.groups
    ]
    return [
        f"## What the predictions follow ({where})",
        "Percent of the images whose prediction equals the label of a factor. Who goes by the shape alone agrees with "
        f"the others in {short_percent(report.chance)} %.",
        markdown_table(["method", "training images", "seeds", *report.factors], rows),
    ]


def _counted_table(report: Report, groups: Sequence[SeedGroup]) -> str:
    splits = [split for split in report.images if split != "train"]
    rows = [[*_named(group)[1:], *(_shown(group.accuracy(split)) for split in splits)] for group in groups]
    return markdown_table(["counterfactuals", "seeds", *(SPLIT_TITLES[split] for split in splits)], rows)


def _single_table(report: Report) -> str:
    head = ["directory", "method", "training images", "seed", "steps"]
    head += [*(SPLIT_TITLES[split] for split in report.images), "test, as its run measured it"]
    members, names = _members(report)
    rows = []
    for name, one in zip(names, members, strict=True):
        metrics = one.metrics
        run = [name, metrics.method, f"{metrics.training_images:,}", str(metrics.seed), f"{metrics.steps:,}"]
        rows.append([*run, *(f"{one.accuracy[split]:.2f}" for split in report.images), f"{metrics.test_accuracy:.2f}"])
    return markdown_table(head, rows)


def _members(report: Report) -> tuple[list[ClassifierEvaluation], list[str]]:
    """All classifiers, and a short name of each."""
    members = [one for group in report.groups for one in group.members]
    return members, short_names([one.directory for one in members])


def _named(group: SeedGroup) -> list[str]:
    return [group.method, f"{group.training_images:,}", str(len(group.members))]


def _shown(interval: Interval | None) -> str:
    return "–" if interval is None else str(interval)
