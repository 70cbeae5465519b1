from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.assembly.classifier import (
    build_classifier_optimizer,
    build_classifier_trainer,
    build_training_images,
    resolved,
)
from cgn_tf.assembly.classifier_config import ClassifierOptimizerConfig, TrainClassifierConfig
from cgn_tf.assembly.classifier_metrics import configuration_hash
from cgn_tf.datasets.digits.options import DigitOptions
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import to_dict

ROOT = Path(__file__).resolve().parents[2]
PAPER = ROOT / "configs" / "paper_classifier.flags"
CONFIGS = sorted((ROOT / "configs").glob("classifier_*_mnist.flags"))
ORIGINAL = [
    "--training_data=original", "--digits=sklearn", "--validation_size=0", "--textures=procedural", "--workdir=unused",
]  # fmt: skip


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_configuration_launches_as_its_head_says(path: Path) -> None:
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]
    (first,) = [i for i, line in enumerate(head) if "cgn train_classifier" in line]
    flags = head[first].split("cgn train_classifier ")[1].split()
    for line in head[first + 1 :]:
        if not line.startswith("#     --"):
            break
        flags += line[1:].split()
    assert flags[0] == f"--config={path.stem}"
    config = parse(TrainClassifierConfig, [f"--flagfile={path}", *flags[1:], "--digits=sklearn"])
    assert config.training.training_data == "counterfactual"
    assert (config.run.batch_size, config.data.dataset_options.of(DigitOptions).validation_size) == (64, 5_000)
    assert config.optimizer.lr_linear_steps == config.run.steps > 0


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_configuration_takes_a_step_on_original_images(path: Path) -> None:
    config = parse(TrainClassifierConfig, [f"--flagfile={path}", *ORIGINAL])
    images = build_training_images(config)
    config = resolved(config, images)
    trainer = build_classifier_trainer(config)
    before = [variable.numpy() for variable in trainer.classifier.trainable_variables]
    logs = tf.function(trainer.train_step)(images.batches.batch(tf.constant(0, tf.int64)))
    assert all(np.isfinite(value) for value in logs.values())
    for variable, old in zip(trainer.classifier.trainable_variables, before, strict=True):
        assert not np.array_equal(variable.numpy(), old), variable.path


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_papers_recipe_behind_a_variants(path: Path) -> None:
    config = parse(TrainClassifierConfig, [f"--flagfile={path}", f"--flagfile={PAPER}", *ORIGINAL])
    config = resolved(config, build_training_images(config))
    assert (config.optimizer.optimizer, config.optimizer.rate, config.optimizer.lr_decay) == ("adadelta", 1.0, 0.7)
    assert (config.optimizer.lr_warmup_steps, config.training.affine) == (0, 0.0)
    assert config.run.steps == 225  # ⌈10 · 1437 / 64⌉


def test_the_start_depends_on_the_seed_alone() -> None:
    config = replace(parse(TrainClassifierConfig, ORIGINAL), optimizer=ClassifierOptimizerConfig(lr_decay_every=5))
    first, again = (build_classifier_trainer(config).classifier.get_weights() for _ in range(2))
    other = build_classifier_trainer(replace(config, run=replace(config.run, seed=1))).classifier.get_weights()
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert np.abs(first[-2] - other[-2]).max() > 0


def test_the_rate_falls_by_steps_or_linearly() -> None:
    adadelta = build_classifier_optimizer(ClassifierOptimizerConfig(lr_decay_every=3), 10)
    rates = []
    for step in (0, 2, 3, 6):
        adadelta.iterations.assign(step)
        rates.append(float(adadelta.learning_rate))
    assert rates == pytest.approx([1, 1, 0.7, 0.49])
    assert (adadelta.rho, adadelta.epsilon) == (0.9, 1e-6)
    adam = build_classifier_optimizer(ClassifierOptimizerConfig(optimizer="adam", lr=0.5, lr_linear_steps=4), 10)
    adam.iterations.assign(7)
    assert float(adam.learning_rate) == pytest.approx(0.375)
    assert float(build_classifier_optimizer(ClassifierOptimizerConfig(optimizer="adam"), 10).learning_rate) == (
        pytest.approx(0.001)
    )


def test_the_hash_is_of_what_is_computed(tmp_path: Path) -> None:
    def hashed(*flags: str) -> str:
        return configuration_hash(to_dict(parse(TrainClassifierConfig, [*ORIGINAL, *flags])))

    same = ["--workdir=elsewhere", "--log_every=7", "--method=plain", "--data_dir=a", "--steps_per_execution=5"]
    assert {hashed(flag) for flag in same} == {hashed()}
    for flag in ("--seed=1", "--lr=0.3", "--digits=tfds", "--validation_size=5", "--nodeterministic"):
        assert hashed(flag) != hashed(), flag
    paths = [tmp_path / folder / "mnist.npz" for folder in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.touch()
    assert hashed(f"--digits={paths[0]}") == hashed(f"--digits={paths[1]}") != hashed()
