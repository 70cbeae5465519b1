"""Seeds of every command: one range, in which each works, and the bits of small ones.

A CGN is trained with the largest in test_environment.py.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import cgn_tf
from cgn_tf.assembly.classifier import build_classifier_trainer, build_training_images, resolved
from cgn_tf.assembly.classifier_config import TrainClassifierConfig
from cgn_tf.cli.app import run
from cgn_tf.cli.table import COMMANDS, imported
from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.digits.sources import load_digits
from cgn_tf.evaluation.mask_classifier import train_mask_classifier
from cgn_tf.evaluation.mask_quality import evaluate_masks
from cgn_tf.generation.counterfactuals import Counterfactuals
from cgn_tf.options.command_line import parse
from cgn_tf.options.parts import all_leaves
from cgn_tf.options.seeds import LARGEST_SEED
from cgn_tf.random_streams import seed_keras
from cgn_tf.serving.export.signatures import seeded_noise

FLAGS = {
    "train": ("seed", []),
    "train_classifier": ("seed", []),
    "ablate": ("seed", ["--workdir=never"]),  # passes it to train
    "generate": ("seed", ["--model=never", "--output_dir=never"]),
    "evaluate": ("seed", ["--model=never"]),
    "build_challenge": ("seed", ["--output_dir=never", "--images=never", "--masks=alpha"]),
    "reproduce": ("seeds", []),
    "client": ("seeds", ["--output_dir=never"]),
}


def test_every_command_with_seeds_is_here() -> None:
    with_seeds = {
        name
        for name, command in COMMANDS.items()
        if {"seed", "seeds"} & {leaf.name for leaf in all_leaves(imported(command.config))}
    }
    assert with_seeds | {"ablate"} == set(FLAGS)


@pytest.mark.parametrize("value", ["-1", "9223372036854775808", "1" + "0" * 400, "1.5", "one"])
@pytest.mark.parametrize("name", FLAGS)
def test_others_are_refused_in_one_line(
    name: str, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flag, others = FLAGS[name]
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    assert run(name, [*others, f"--{flag}={value}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    noun = "a whole number or several, comma separated" if flag == "seeds" else "a whole number"
    assert re.match(rf"error: --{flag}\b.*expected {noun}, at least 0, at most 9223372036854775807\b", line)


def test_small_seeds_are_what_they_were() -> None:
    for seed in (0, 1, 2**32 - 1):
        keras.utils.set_random_seed(seed)
        expected = drawn()
        seed_keras(seed)
        assert drawn() == expected


def test_large_seeds_are_mixed() -> None:
    # Computed with NumPy's SeedSequence, whose results are the same in all its versions.
    for seed, folded in ((2**32, 3964924996), (2**32 + 1, 1189033389), (LARGEST_SEED, 2601519614)):
        keras.utils.set_random_seed(folded)
        expected = drawn()
        seed_keras(seed)
        assert drawn() == expected
    # neighbours, and seeds that are equal in one half, have nothing to do with each other
    seeds = {2**32 + i for i in range(100)} | {(i << 32) + 7 for i in range(1, 100)}
    draws = set()
    for seed in seeds:
        seed_keras(seed)
        draws.add(random.random())  # noqa: S311  what is seeded
    assert len(draws) == len(seeds) == 198


SMALL = ["--digits=sklearn", "--validation_size=0", "--workdir=unused", f"--seed={LARGEST_SEED}", "--batch_size=4"]


def test_a_classifier_trains_with_the_largest() -> None:
    config = parse(TrainClassifierConfig, [*SMALL, "--training_data=original", "--affine=1", "--steps=1"])
    images = build_training_images(config)
    trainer = build_classifier_trainer(resolved(config, images))
    logs = trainer.train_step(images.batches.batch(tf.constant(0, tf.int64)))
    assert all(np.isfinite(value) for value in logs.values())


def test_images_are_made_and_judged_with_the_largest(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.Sequential, "fit", lambda *given, **options: None)  # seconds, and no draw of its own
    cgn = cgn_tf.load(untrained)
    made, _ = Counterfactuals(cgn, seed=LARGEST_SEED, shapes=1, images_per_mask=2)(0)
    assert made["image"].shape == (2, 32, 32, 3)
    assert np.isfinite(seeded_noise(cgn, np.array([LARGEST_SEED]))).all()
    classifier = train_mask_classifier(load_digits("sklearn", "train"), 1, 4, LARGEST_SEED)
    colours = DataConfig(dataset="colored_mnist").part.stroke_colours
    figures = evaluate_masks(cgn, classifier, colours, samples=10, seed=LARGEST_SEED, counterfactual=True)
    assert figures


def drawn() -> tuple[float, ...]:
    """What Python, NumPy and Keras' initializers draw next."""
    start = keras.initializers.RandomNormal()((2,)).numpy().tolist()
    return (random.random(), float(np.random.rand()), *start)  # noqa: S311, NPY002  what is seeded
