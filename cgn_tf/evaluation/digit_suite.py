"""The suite `digits`: how far do classifiers of digits, and the masks that they learned from, go by the shape?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cgn_tf.datasets.contract import ImageDataset, MissingSplitError
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.classifier_evaluation import (
    ClassifierEvaluation,
    check_seeds,
    evaluate_classifier,
    grouped,
    ordered_labels,
)
from cgn_tf.evaluation.classifier_metrics import read_metrics
from cgn_tf.evaluation.config import EvaluateConfig
from cgn_tf.evaluation.digit_models import load_digit_cgn, load_digit_classifier
from cgn_tf.evaluation.digit_plots import plots
from cgn_tf.evaluation.digit_report import DigitReport, ReadMasks, as_json, as_markdown
from cgn_tf.evaluation.mask_quality import evaluate_masks
from cgn_tf.evaluation.mask_suite import trained_mask_classifier
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.json_file import write_json
from cgn_tf.models.cgn import CGN
from cgn_tf.render.plots import write_plot

REPORT, FIGURES = REPORT_FILES = "report.md", "report.json"
"""What a report is; its text is written last."""


def evaluate_digit_suite(config: EvaluateConfig, open_split: Callable[[str], ImageDataset]) -> DigitReport:
    """Judges all classifiers and CGNs, and prints the accuracy of each classifier as soon as it is known.

    Args:
        config: says which.
        open_split: name of a split ("train", "test", "official_test") → its images.

    Raises:
        CommandError: a directory without a model, or with another one; models of another variant, or two
            classifiers of one seed; no digits or textures.
    """
    own = config.digits_suite
    found = [(directory, read_metrics(directory, config.data.dataset)) for directory in own.classifiers]
    check_seeds(found)
    cgns = [(directory, load_digit_cgn(directory, config.data.dataset)) for directory in own.cgns]
    models = [load_digit_classifier(directory) for directory in own.classifiers]
    splits = {name: open_split(name) for name in ("train", "test")}
    try:
        splits["official_test"] = open_split("official_test")
    except MissingSplitError as error:  # the other figures do without
        print(f"without the official test split: {error}", flush=True)
    labels = {name: ordered_labels(data) for name, data in splits.items()}
    evaluations: list[ClassifierEvaluation] = []
    for (directory, metrics), model in zip(found, models, strict=True):
        evaluations.append(evaluate_classifier(directory, metrics, model, splits, labels))
        print(f"{directory}: {evaluations[-1].accuracy['test']:.2f} % of the test split", flush=True)
    masks, accuracy = _read_masks(config, cgns)
    images = {name: len(data) for name, data in splits.items()}
    return DigitReport(config.data.dataset, images, grouped(evaluations), masks, accuracy)


def write_report(output: Path, report: DigitReport) -> tuple[str, int]:
    """Writes report.md, report.json and the plots.

    Args:
        output: directory, made where missing.
        report: of at least one classifier.

    Returns:
        The text of report.md, and the number of plots.

    Raises:
        CommandError: the disk refuses.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        names: dict[str, list[str]] = {}
        for section, name, figure in plots(report):
            write_plot(output / name, figure)
            names.setdefault(section, []).append(name)
        text = as_markdown(report, names)
        write_json(output / FIGURES, as_json(report))
        # the text last: where it is, everything that it shows is, too
        write_atomically(output / REPORT, text.encode())
    except OSError as error:
        raise CommandError(f"{output}: cannot be written ({error.strerror}); choose another `output_dir`.") from error
    return text, sum(map(len, names.values()))


def _read_masks(config: EvaluateConfig, cgns: Sequence[tuple[str, CGN]]) -> tuple[list[ReadMasks], float | None]:
    """The masks of each CGN as read, and the accuracy of the classifier that reads them; without CGNs none is made."""
    if not cgns:
        return [], None
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
        masks.append(ReadMasks(directory, figures["read"], figures["read_by_class"]))
    return masks, accuracy
