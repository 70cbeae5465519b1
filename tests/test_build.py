"""From a configuration to parts that work together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.build import (
    LinearDecay,
    build_batches,
    build_critic,
    build_data,
    build_optimizer,
    build_terms,
    build_trainer,
)
from cgn_tf.cli.app import parse
from cgn_tf.config.loss import LossConfig
from cgn_tf.config.networks import ModelConfig
from cgn_tf.config.train import OptimizerConfig, TrainConfig
from cgn_tf.models.critic import ConvCritic, LinearCritic, ProjectionCritic
from cgn_tf.models.spectral_critic import SpectralCritic

ROOT = Path(__file__).resolve().parents[1]
# of other commands, or to go behind another file: tests/cli/test_reproduce.py
OTHERS = ("classifier", "counterfactuals", "digit_gan", "paper_classifier")
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.flags") if not path.stem.startswith(OTHERS))
NO_DOWNLOAD = [
    "--digits=sklearn",
    "--held_out=0",
    "--textures=procedural",
    "--feature_weights=random",
    "--workdir=unused",
]


def test_the_configurations_that_there_are() -> None:
    assert {path.stem for path in CONFIGS} >= {
        "quickstart", "colored_mnist", "double_colored_mnist", "wildlife_mnist", "imagenet", "imagenet_tiny",
    }  # fmt: skip


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_head_of_a_configuration(path: Path) -> None:
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert any(f"python tools/train.py --flagfile=configs/{path.name} --workdir=" in line for line in head)
    assert any("Expected" in line for line in head)
    config = parse(TrainConfig, [f"--flagfile={path}", "--workdir=unused"])
    assert config.run.workdir == "unused"


# tests/cli/test_train_imagenet.py has a run of the others
@pytest.mark.parametrize("path", [path for path in CONFIGS if "mnist" in path.stem or path.stem == "quickstart"])
def test_every_configuration_of_digits_takes_a_step(path: Path) -> None:
    config = parse(TrainConfig, [f"--flagfile={path}", *NO_DOWNLOAD])
    config = replace(config, run=replace(config.run, batch_size=4))
    data = build_data(config.data, "train", config.run.seed)
    trainer = build_trainer(config, data)
    (batch,) = build_batches(config, trainer, data)(0).take(1)
    before = [variable.numpy() for variable in trainer.cgn.trainable_variables]
    logs = tf.function(trainer.train_step)(batch)
    assert all(np.isfinite(value) for value in logs.values())
    moved = [
        not np.array_equal(old, new.numpy()) for old, new in zip(before, trainer.cgn.trainable_variables, strict=True)
    ]
    assert all(moved)


def test_batches_from_any_step() -> None:
    config = parse(TrainConfig, [*NO_DOWNLOAD, "--batch_size=6", "--steps=20", "--critic_width=8"])
    data = build_data(config.data, "train", 0)
    batches = build_batches(config, build_trainer(config, data), data)
    everything, tail = list(batches(0).take(20)), list(batches(17).take(3))
    assert (len(everything), len(tail)) == (20, 3)
    for first, second in zip(everything[17:], tail, strict=True):
        assert first.keys() == second.keys()
        for name, value in first.items():
            np.testing.assert_array_equal(value, second[name], err_msg=name)
    np.testing.assert_array_equal(tail[0]["label"], tail[0]["generated_label"])
    assert tail[0]["keep_fake"].shape == (6, 2, 8)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("linear", LinearCritic),
        ("conv", ConvCritic),
        ("projection", ProjectionCritic),
        ("spectral", SpectralCritic),
    ],
)
def test_critics(name: str, kind: Any) -> None:
    critic = build_critic(ModelConfig(critic=name, critic_width=16), seed=0)
    assert isinstance(critic, kind)
    assert getattr(critic, "width", None) == 16 or getattr(critic, "channels", None) == 16
    assert build_critic(ModelConfig(critic="none"), seed=0) is None


def test_only_taps_with_a_weight_are_computed() -> None:
    said: list[str] = []
    config = LossConfig(
        style_weights=(0.0, 0.5, 0.0, 0.0), content_weights=(0.0, 0.0, 2.0, 0.0), features="squeezenet",
        feature_weights="random",
    )  # fmt: skip
    terms = build_terms(config, 0, said.append)
    assert terms.features.taps == [1, 2]  # type: ignore[union-attr]
    assert (terms.style_taps, terms.content_taps) == ((0.5, 0.0), (0.0, 2.0))
    (sentence,) = said
    assert "random weights (seed 0)" in sentence
    assert build_terms(LossConfig(), 0, said.append).features is None
    assert len(said) == 1


def test_learning_rate_decays_linearly_at_the_end() -> None:
    warming = LinearDecay(0.5, 6, 10, warm_up=4)
    assert [float(warming(step)) for step in (0, 1, 3, 4, 8)] == pytest.approx([0.125, 0.25, 0.5, 0.5, 0.25])
    assert LinearDecay(**warming.get_config()).warm_up == 4
    rates = [float(LinearDecay(0.5, 6, 10)(step)) for step in (0, 6, 7, 9, 10, 11)]
    assert rates == pytest.approx([0.5, 0.5, 0.375, 0.125, 0, 0])
    optimizer = build_optimizer(OptimizerConfig(texture_lr=0.5, lr_decay_steps=4), "texture", 10)
    assert float(optimizer.learning_rate) == pytest.approx(0.5)
    assert float(build_optimizer(OptimizerConfig(shape_lr=0.25), "shape", 10).learning_rate) == 0.25
    assert type(build_optimizer(OptimizerConfig(optimizer="sgd"), "shape", 10)).__name__ == "SGD"


def test_noise_for_the_critic_moves_to_its_end_with_the_run() -> None:
    flags = [*NO_DOWNLOAD, "--batch_size=64", "--steps=100", "--critic=projection", "--critic_width=8"]
    config = parse(TrainConfig, [*flags, "--critic_noise=0.4", "--critic_noise_end=0.1"])
    data = build_data(config.data, "train", 0)
    batches = build_batches(config, build_trainer(config, data), data)
    for step, deviation in ((0, 0.4), (50, 0.25), (100, 0.1), (150, 0.1)):
        (batch,) = batches(step).take(1)
        for name in ("added_fake", "added_real"):
            assert batch[name].numpy().std() == pytest.approx(deviation, rel=0.02)
