"""What the evaluate command does with classifiers of digits once its command line is right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from cgn_tf.build.data import build_data
from cgn_tf.cli.evaluate_run import trained_reader
from cgn_tf.config.evaluate import EvaluateConfig
from cgn_tf.data.digit_dataset import DigitData
from cgn_tf.durable import write_atomically
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.classifier_metrics import read_metrics
from cgn_tf.evaluation.digit_models import load_digit_cgn, load_digit_classifier
from cgn_tf.evaluation.digit_plots import plots
from cgn_tf.evaluation.digit_report import DigitReport, ReadMasks, as_json, as_markdown
from cgn_tf.evaluation.judged import Judged, check_seeds, grouped, judge, ordered_labels
from cgn_tf.evaluation.mask_quality import evaluate_masks
from cgn_tf.models.cgn import CGN
from cgn_tf.render.plots import write_plot

IMAGE_SEED = 0
"""Of labels and appearance, whatever --seed says: reports of different commands are then of the same images."""


def evaluate(config: EvaluateConfig) -> None:
    """Judges all classifiers and CGNs, prints the report, and writes it with its plots.

    Raises:
        CommandError: a directory without a model, or with another one; classifiers of another variant, or two of one
            seed; no digits or textures; or the report cannot be written.
    """
    own = config.digits_suite
    found = [(directory, read_metrics(directory, config.dataset)) for directory in own.classifiers]
    check_seeds(found)
    cgns = [(directory, load_digit_cgn(directory)) for directory in own.cgns]
    models = [load_digit_classifier(directory) for directory in own.classifiers]
    splits = _splits(config)
    labels = {name: ordered_labels(data) for name, data in splits.items()}
    judged: list[Judged] = []
    for (directory, metrics), model in zip(found, models, strict=True):
        judged.append(judge(directory, metrics, model, splits, labels))
        print(f"{directory}: {judged[-1].accuracy['test']:.2f} % of the test split", flush=True)
    masks, accuracy = _read_masks(config, cgns)
    report = DigitReport(
        config.dataset, {name: len(data) for name, data in splits.items()}, grouped(judged), masks, accuracy
    )
    try:
        _write(Path(own.output_dir), report)
    except OSError as error:
        raise CommandError(
            f"{own.output_dir}: cannot be written ({error.strerror}); choose another --output_dir."
        ) from error


def _splits(config: EvaluateConfig) -> dict[str, DigitData]:
    names = ["train", "test"]
    if config.digits != "sklearn":  # which has no official test split
        names.append("official_test")
    built = {name: build_data(config.data(), name, IMAGE_SEED) for name in names}
    return {name: data for name, data in built.items() if data is not None}


def _read_masks(config: EvaluateConfig, cgns: Sequence[tuple[str, CGN]]) -> tuple[list[ReadMasks], float | None]:
    """The masks of each CGN as read, and the reader's accuracy; without CGNs no reader is trained."""
    if not cgns:
        return [], None
    reader, accuracy = trained_reader(config)
    masks = []
    for directory, cgn in cgns:
        figures = evaluate_masks(cgn, reader, None, config.samples, config.seed, False, config.truncation)
        masks.append(ReadMasks(directory, figures["read"], figures["read_by_class"]))
    return masks, accuracy


def _write(output: Path, report: DigitReport) -> None:
    """The text last: where it is, everything that it shows is, too."""
    output.mkdir(parents=True, exist_ok=True)
    names: dict[str, list[str]] = {}
    for section, name, figure in plots(report):
        write_plot(output / name, figure)
        names.setdefault(section, []).append(name)
    text = as_markdown(report, names)
    write_atomically(output / "report.json", (json.dumps(as_json(report), indent=2, allow_nan=False) + "\n").encode())
    write_atomically(output / "report.md", text.encode())
    print(text)
    count = sum(map(len, names.values()))
    print(f"{output}: wrote report.md, report.json and {count} plots.")
