"""What the evaluate command does with one CGN once its command line is right."""

from __future__ import annotations

import json
from pathlib import Path

import keras

from cgn_tf.config.evaluate import EvaluateConfig
from cgn_tf.data.digits import load_digits
from cgn_tf.data.variants import COLORED_RGB, DOUBLE_COLORED_STROKE_RGB
from cgn_tf.durable import write_atomically
from cgn_tf.evaluation.digit_models import load_digit_cgn
from cgn_tf.evaluation.digit_reader import binarise, read, train_reader
from cgn_tf.evaluation.mask_quality import evaluate_masks

READER_BATCH = 128
STROKE_COLOURS = {"colored_mnist": COLORED_RGB, "double_colored_mnist": DOUBLE_COLORED_STROKE_RGB}


def evaluate(config: EvaluateConfig) -> None:
    """Prints the figures as JSON, and writes them to `config.masks_suite.output`.

    Raises:
        CommandError: no model, or no digits.
    """
    cgn = load_digit_cgn(config.masks_suite.model)
    reader, accuracy = trained_reader(config)
    figures = {"reader_accuracy": accuracy} | {
        name: evaluate_masks(
            cgn,
            reader,
            STROKE_COLOURS.get(config.dataset),
            config.samples,
            config.seed,
            name == "counterfactual",
            config.truncation,
        )
        for name in ("same_labels", "counterfactual")
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if config.masks_suite.output:
        output = Path(config.masks_suite.output)
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(output, (text + "\n").encode())


def trained_reader(config: EvaluateConfig) -> tuple[keras.Model, float]:
    """A reader of strokes, and the share of real ones of the test split that it reads rightly, in [0, 1]."""
    real = load_digits(config.digits, "train", config.data_dir or None)
    unseen = load_digits(config.digits, "test", config.data_dir or None)
    reader = train_reader(real, config.reader_steps, READER_BATCH, config.seed)
    return reader, float((read(reader, binarise(unseen.images)) == unseen.labels).mean())
