"""From a configuration to parts that work together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.assembly.loss_config import LossConfig
from cgn_tf.assembly.model_config import ModelConfig
from cgn_tf.assembly.networks import build_cgn, build_discriminator
from cgn_tf.assembly.objective import build_objective
from cgn_tf.assembly.optimizers import build_optimizer
from cgn_tf.assembly.resources import FeatureOptions
from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import OptimizerConfig, TrainConfig
from cgn_tf.losses.content import ContentOptions
from cgn_tf.losses.style import StyleOptions
from cgn_tf.models.discriminators.conv import ConvDiscriminator
from cgn_tf.models.discriminators.linear import LinearDiscriminator
from cgn_tf.models.discriminators.projection import ProjectionDiscriminator
from cgn_tf.models.discriminators.spectral import SpectralDiscriminator
from cgn_tf.models.discriminators.width import WidthOptions
from cgn_tf.options.command_line import parse
from cgn_tf.options.parts import PartOptions
from cgn_tf.training.linear_decay import LinearDecay

ROOT = Path(__file__).resolve().parents[2]
# of other commands, to go behind another file, or included by others: tests/cli/test_reproduce.py
OTHERS = ("classifier", "counterfactuals", "digit_gan", "paper_classifier")
INCLUDED = ("digits", "paper")
CONFIGS = sorted(
    path
    for path in (ROOT / "configs").glob("*.flags")
    if not path.stem.startswith(OTHERS) and path.stem not in INCLUDED
)
NO_DOWNLOAD = [
    "--digits=sklearn",
    "--validation_size=0",
    "--textures=procedural",
    "--workdir=unused",
]


def test_the_configurations_that_there_are() -> None:
    assert {path.stem for path in CONFIGS} >= {
        "quickstart", "colored_mnist", "double_colored_mnist", "wildlife_mnist", "imagenet", "imagenet_tiny",
    }  # fmt: skip


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_head_of_a_configuration(path: Path) -> None:
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert any(f"cgn train --config={path.stem} --workdir=" in line for line in head)
    assert any("Expected" in line for line in head)
    config = parse(TrainConfig, [f"--flagfile={path}", "--workdir=unused"])
    assert config.run.workdir == "unused"


# tests/cli/test_train_imagenet.py has a run of the others
@pytest.mark.parametrize("path", [path for path in CONFIGS if "mnist" in path.stem or path.stem == "quickstart"])
def test_every_configuration_of_digits_takes_a_step(path: Path) -> None:
    features = ["--feature_weights=random"] if path.stem.startswith("paper") else []
    config = parse(TrainConfig, [f"--flagfile={path}", *NO_DOWNLOAD, *features])
    config = replace(config, run=replace(config.run, batch_size=4))
    trainer, _, batches = build_training(config)
    (batch,) = batches(0).take(1)
    before = [variable.numpy() for variable in trainer.cgn.trainable_variables]
    logs = trainer.train_step(batch)  # as it is: to trace it takes five times as long, and other tests do
    assert all(np.isfinite(value) for value in logs.values())
    moved = [
        not np.array_equal(old, new.numpy()) for old, new in zip(before, trainer.cgn.trainable_variables, strict=True)
    ]
    assert all(moved)


def test_batches_from_any_step() -> None:
    config = parse(TrainConfig, [*NO_DOWNLOAD, "--batch_size=6", "--steps=20", "--discriminator_width=8"])
    batches = build_training(config).batches
    everything, tail = list(batches(0).take(20)), list(batches(17).take(3))
    assert (len(everything), len(tail)) == (20, 3)
    for first, second in zip(everything[17:], tail, strict=True):
        assert first.keys() == second.keys()
        for one, other in zip(tf.nest.flatten(first), tf.nest.flatten(second), strict=True):
            np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(tail[0]["label"], tail[0]["generated_label"])
    assert tail[0]["fake_random_inputs"]["dropout_mask"].shape == (6, 2, 8)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("linear", LinearDiscriminator),
        ("conv", ConvDiscriminator),
        ("projection", ProjectionDiscriminator),
        ("spectral", SpectralDiscriminator),
    ],
)
def test_discriminators(name: str, kind: Any) -> None:
    config = ModelConfig(discriminator=name, model_options=PartOptions(WidthOptions(16)))
    cgn = build_cgn(config, 0, num_classes=10, image_size=32)
    discriminator = build_discriminator(config, 0, cgn)
    assert isinstance(discriminator, kind)
    assert getattr(discriminator, "width", None) == 16 or getattr(discriminator, "channels", None) == 16
    assert build_discriminator(ModelConfig(discriminator="none"), 0, cgn) is None


def test_only_taps_with_a_weight_are_computed() -> None:
    logged: list[str] = []
    options = PartOptions(StyleOptions((0.0, 0.5, 0.0, 0.0)), ContentOptions((0.0, 0.0, 2.0, 0.0)))
    features = FeatureOptions(features="squeezenet", feature_weights="random")
    objective = build_objective(LossConfig(loss_options=options), features, seed=0, log=logged.append)
    assert objective.features is not None
    assert objective.features.taps == [1, 2]
    assert objective.feature_taps == {"image": {1, 2}, "reference": {1, 2}}
    (sentence,) = logged
    assert "random weights (seed 0)" in sentence
    assert build_objective(LossConfig(), FeatureOptions(), seed=0, log=logged.append).features is None
    assert len(logged) == 1


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


def test_noise_for_the_discriminator_moves_to_its_end_with_the_run() -> None:
    flags = [*NO_DOWNLOAD, "--batch_size=64", "--steps=100", "--discriminator=projection", "--discriminator_width=8"]
    config = parse(TrainConfig, [*flags, "--instance_noise=0.4", "--instance_noise_end=0.1"])
    batches = build_training(config).batches
    for step, deviation in ((0, 0.4), (50, 0.25), (100, 0.1), (150, 0.1)):
        (batch,) = batches(step).take(1)
        for name in ("fake_instance_noise", "real_instance_noise"):
            assert batch[name].numpy().std() == pytest.approx(deviation, rel=0.02)
