"""The results as Markdown, beside the published figures, and their place in a text."""

from __future__ import annotations

from collections.abc import Sequence

from cgn_tf.datasets.digits.names import VARIANTS
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.interval import Interval
from cgn_tf.evaluation.published import PAPER, REPLICATION, PublishedAccuracy
from cgn_tf.experiments.methods import METHOD_TITLES, METHODS
from cgn_tf.experiments.results import Result, interval_of, runs_of
from cgn_tf.render.markdown import LEFT, RIGHT, markdown_table

BEGIN = "<!-- results:begin -->"
END = "<!-- results:end -->"

VARIANT_TITLES = {
    "colored_mnist": "colored",
    "double_colored_mnist": "double-colored",
    "wildlife_mnist": "wildlife",
}
PAPER_TITLES = {"plain": "original images", "gan": "images of a GAN", "cgn": "counterfactuals"}
_NOTE = (
    "Accuracy in percent, the classifier's own training images → the reference's test split (the last 10,000 of "
    "MNIST's training images, texture and background independent of the digit); below, MNIST's official test split, "
    "dressed alike. Mean ± 95 % interval (Student's t) over n seeds; with one seed there is no interval."
)


def as_markdown(results: Sequence[Result]) -> str:
    """Two tables: accuracies beside the published ones, then of each row of ours what it takes to make it again.

    Args:
        results: at least one.

    Returns:
        Lines that end with a line break.
    """
    results = list(results)
    present = [method for method in METHODS if any(one.method == method for one in results)]
    columns = ["", "classifier trained on", *(VARIANT_TITLES[variant] for variant in VARIANTS)]
    rows = [
        ["paper", title, *(_published(PAPER[variant][method]) for variant in VARIANTS)]
        for method, title in PAPER_TITLES.items()
    ]
    replicated = [_published(REPLICATION[variant]) for variant in VARIANTS]
    rows.append(["independent replication", METHOD_TITLES["published_weights"], *replicated])
    rows += [
        ["**ours**", METHOD_TITLES[method], *(_ours(runs_of(results, variant, method)) for variant in VARIANTS)]
        for method in present
    ]
    making = [
        [VARIANT_TITLES[variant], METHOD_TITLES[method], *_making(runs)]
        for variant in VARIANTS
        for method in present
        if (runs := runs_of(results, variant, method))
    ]
    head = ["variant", "classifier trained on", "official test", "minutes", "command"]
    parts = [
        markdown_table(columns, rows, [LEFT, LEFT, *[RIGHT] * len(VARIANTS)]),
        _NOTE,
        markdown_table(head, making, [LEFT, LEFT, RIGHT, RIGHT, LEFT]),
        "Minutes are means over the seeds, of the whole pipeline; the command is that of the first seed.",
    ]
    return "\n\n".join(parts) + "\n"


def replaced(text: str, table: str, what: str) -> str:
    """`text` with `table` between the two marks, which stay.

    Args:
        text: holds each mark once, as a line of its own.
        table: lines that end with a line break.
        what: names the text in errors.

    Raises:
        CommandError: a mark is missing, there twice, or in the wrong order.
    """
    lines = text.split("\n")
    for mark in (BEGIN, END):
        if lines.count(mark) != 1:
            raise CommandError(f"{what}: expected the line {mark} once, got it {lines.count(mark)} times.")
    begin, end = lines.index(BEGIN), lines.index(END)
    if end < begin:
        raise CommandError(f"{what}: expected {BEGIN} before {END}, got them the other way round.")
    return "\n".join([*lines[: begin + 1], *table.rstrip("\n").split("\n"), *lines[end:]])


def _published(accuracy: PublishedAccuracy) -> str:
    return f"{'–' if accuracy.train is None else accuracy.train} → {accuracy.test}"


def _ours(results: list[Result]) -> str:
    if not results:
        return "–"
    train, test = (interval_of(results, name) for name in ("train_accuracy", "test_accuracy"))
    return f"{'–' if train is None else f'{train.mean:.1f}'} → **{test}** (n = {len(results)})"


def _making(results: list[Result]) -> list[str]:
    official, minutes = (interval_of(results, name) for name in ("official_test_accuracy", "minutes"))
    return [_with_count(official, len(results)), f"{minutes.mean:.0f}" if minutes else "–", f"`{results[0].command}`"]


def _with_count(interval: Interval | None, expected: int) -> str:
    """The interval; where fewer runs have the figure than there are, their number besides."""
    if interval is None:
        return "–"
    return str(interval) if interval.n == expected else f"{interval} (n = {interval.n})"
