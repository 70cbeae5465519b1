"""What the evaluate command does once its command line is right."""

from __future__ import annotations

import json
from pathlib import Path

from cgn_tf import checkpoints
from cgn_tf.checkpoints.durable import write_atomically
from cgn_tf.config.evaluate import EvaluateConfig
from cgn_tf.data.digits import IMAGE_SIZE, NUM_CLASSES, load_digits
from cgn_tf.data.variants import COLORED_RGB, DOUBLE_COLORED_STROKE_RGB
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.digit_reader import binarise, read, train_reader
from cgn_tf.evaluation.mask_quality import evaluate_masks
from cgn_tf.models.cgn import CGN

READER_BATCH = 128
STROKE_COLOURS = {"colored_mnist": COLORED_RGB, "double_colored_mnist": DOUBLE_COLORED_STROKE_RGB}


def evaluate(config: EvaluateConfig) -> None:
    """Prints the figures as JSON, and writes them to `config.output`.

    Raises:
        CommandError: no model, or no digits.
    """
    cgn = checkpoints.load(config.model)
    if not isinstance(cgn, CGN) or cgn.image_size != IMAGE_SIZE or cgn.num_classes != NUM_CLASSES:
        raise CommandError(f"{config.model}: expected a digit CGN, got another model; this evaluation reads digits.")
    real = load_digits(config.digits, "train", config.data_dir or None)
    unseen = load_digits(config.digits, "test", config.data_dir or None)
    reader = train_reader(real, config.reader_steps, READER_BATCH, config.seed)
    accuracy = float((read(reader, binarise(unseen.images)) == unseen.labels).mean())
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
    if config.output:
        Path(config.output).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(Path(config.output), (text + "\n").encode())
