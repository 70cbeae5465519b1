"""The losses of the ImageNet CGN on a digit CGN: another scale is another configuration, not another trainer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf import checkpoints
from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.cli.app import run as run_cli
from cgn_tf.options.command_line import parse
from cgn_tf.training.cgn_trainer import CGNTrainer

LOSSES = {
    "rec": ["--reconstruction_weight=100", "--style_weights=.1,0,.1,0"],
    "shape": ["--binary_entropy_weight=300", "--mask_size_weight=500", "--mask_size_min=0.8"],
    "text": ["--texture_weights=0,.1,.1,0"],
    "bg": ["--background_weight=2000"],
}
OFF = ["--binary_entropy_weight=0"]
FEATURES = ["--features=squeezenet", "--feature_weights=random", "--feature_size=64"]
RESOURCES = {"rec": FEATURES, "shape": [], "text": FEATURES, "bg": ["--masker_weights=random"]}


def flags(generator: Path, *losses: str) -> list[str]:
    """The flags of a training with some of the paper's losses."""
    resources = dict.fromkeys(flag for loss in losses for flag in RESOURCES[loss])
    return [
        "--dataset=latent", "--reference=generator", f"--generator={generator}", "--discriminator=none",
        "--adversarial_weight=0", "--batch_size=4", "--optimizer=sgd", "--shape_lr=1e-4", "--texture_lr=1e-4",
        "--background_lr=1e-4", *OFF, *resources, *(flag for loss in losses for flag in LOSSES[loss]),
    ]  # fmt: skip


def trainer_and_batch(*arguments: str) -> tuple[CGNTrainer, dict[str, Any]]:
    config = parse(TrainConfig, [*arguments, "--dry_run"])
    trainer, _, batches = build_training(config)
    (batch,) = batches(0).take(1)
    return trainer, batch


@pytest.mark.parametrize(
    ("loss", "reached"),
    [
        ("rec", {"shape", "texture", "background"}),
        ("shape", {"shape"}),
        ("text", {"texture"}),
        ("bg", {"background"}),
    ],
)
def test_a_loss_reaches_the_mechanisms_that_it_should(untrained: Path, loss: str, reached: set[str]) -> None:
    trainer, batch = trainer_and_batch(*flags(untrained, loss))
    gradients, logs = tf.function(trainer._gradients, autograph=False)(batch)
    assert float(logs["loss/total"]) > 0
    found = {
        factor
        for factor, own in gradients.items()
        for gradient, variable in zip(own, trainer.groups[factor].variables, strict=True)
        # which all mechanisms share, and one of them owns
        if "label_embedding" not in variable.path and float(tf.reduce_max(tf.abs(gradient))) > 0
    }
    assert found == reached


def test_every_loss_can_be_switched_off(untrained: Path) -> None:
    whole, _ = trainer_and_batch(*flags(untrained, *LOSSES))
    assert set(whole.objective.weights) == {
        "binary_entropy", "mask_size", "reconstruction", "style", "texture", "background",
    }  # fmt: skip
    assert whole.reference is not None
    part, batch = trainer_and_batch(*flags(untrained, *LOSSES), "--without=rec,text,bg")
    assert set(part.objective.weights) == {"binary_entropy", "mask_size"}
    assert (part.reference, part.objective.features, part.objective.saliency) == (
        None,
        None,
        None,
    )  # nothing is made in vain
    assert float(tf.function(part.train_step)(batch)["loss/total"]) > 0


def test_a_frozen_mechanism_stays(untrained: Path) -> None:
    trainer, batch = trainer_and_batch(*flags(untrained, "rec"), "--freeze=texture,background")
    before = [variable.numpy() for variable in trainer.cgn.variables]
    tf.function(trainer.train_step)(batch)
    moved = {
        variable.path.split("/")[1]
        for old, variable in zip(before, trainer.cgn.variables, strict=True)
        if variable.path.rsplit("/", 1)[-1] in ("kernel", "bias") and (variable.numpy() != old).any()
    }
    assert moved == {"shape"}


def test_taps_are_rescaled_to_the_means_that_are_asked_for(untrained: Path) -> None:
    trainer, _ = trainer_and_batch(*flags(untrained, "rec"), "--tap_means=1,1,3,1")
    plain, _ = trainer_and_batch(*flags(untrained, "rec"))
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    assert trainer.objective.features is not None
    assert plain.objective.features is not None
    scaled, unscaled = trainer.objective.features(images), plain.objective.features(images)
    ratios = [float(np.max(a) / np.max(b)) for a, b in zip(scaled, unscaled, strict=True)]
    np.testing.assert_allclose(ratios, trainer.objective.features.tap_scales, rtol=1e-4)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_the_command_resumes_bitwise(untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared = [*flags(untrained, *LOSSES), "--sample_grid_every=100", "--nodeterministic"]

    def run(workdir: Path) -> Any:
        steps = ["--steps=4", "--checkpoint_every=2"]
        assert run_cli("train", [*shared, f"--workdir={workdir}", *steps]) == 0
        return checkpoints.read(workdir / "checkpoints" / "step_00000004").groups

    whole = run(tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "resumed")
    shutil.rmtree(tmp_path / "resumed" / "checkpoints" / "step_00000004")
    resumed = run(tmp_path / "resumed")
    assert "step 2 of 4: start" in capsys.readouterr().err
    for group, arrays in whole.items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(resumed[group][name], array, err_msg=name)


def test_missing_weights_are_listed_with_the_ways_to_get_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--flagfile=configs/imagenet.flags", f"--workdir={tmp_path / 'run'}", "--feature_weights=vgg.h5"]
    assert run_cli("train", command) == 1
    message = capsys.readouterr().err
    for part in ("biggan-deep-256.tar.gz: no such file", "u2net.pth: no such file", "vgg.h5", "tfhub.dev", "U-2-Net"):
        assert part in message
    assert not (tmp_path / "run").exists()
