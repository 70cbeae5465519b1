"""The command `evaluate`."""

from __future__ import annotations

from pathlib import Path

from cgn_tf.evaluation.config import EvaluateConfig
from cgn_tf.evaluation.digit_suite import evaluate_digit_suite
from cgn_tf.evaluation.image_suite import evaluate_image_suite
from cgn_tf.evaluation.mask_suite import evaluate_mask_suite
from cgn_tf.evaluation.report_files import REPORT_FILES, write_report
from cgn_tf.files.command_paths import check_path
from cgn_tf.files.json_file import json_text, write_json_output
from cgn_tf.options.paths import PathUse

IMAGE_SEED = 0
"""Seed of the labels and the appearance of test images, whatever `seed` is: all reports are of the same images."""


def evaluate(config: EvaluateConfig) -> None:
    """Judges CGNs or classifiers, prints what was found, and writes it."""
    if config.suite == "masks":
        _masks(config)
    else:
        _report(config)


def _masks(config: EvaluateConfig) -> None:
    figures = evaluate_mask_suite(config)
    print(json_text(figures))
    if config.masks_suite.output:
        write_json_output(Path(config.masks_suite.output), figures)


def _report(config: EvaluateConfig) -> None:
    output = Path(config.report.output_dir)
    for name in REPORT_FILES:  # before the work
        check_path("output_dir", PathUse.WRITE_FILE, output / name)
    suite = evaluate_digit_suite if config.suite == "digits" else evaluate_image_suite
    text, plots = write_report(output, suite(config, lambda split: config.data.open(split, IMAGE_SEED)))
    print(text)
    print(f"{output}: wrote report.md, report.json and {plots} plots.")
