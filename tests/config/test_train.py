from __future__ import annotations

from typing import Any

import pytest

from cgn_tf.cli.app import parse
from cgn_tf.config.distribution import DistributionConfig
from cgn_tf.config.loss import LossConfig
from cgn_tf.config.networks import ModelConfig
from cgn_tf.config.options import ConfigError
from cgn_tf.config.train import RESUMABLE, OptimizerConfig, RunConfig, TrainConfig

STYLE = {"style_weights": (0.01, 0.05, 0.0, 0.01)}


@pytest.mark.parametrize(
    ("config", "values", "message"),
    [
        (LossConfig, {"gram_bank": 16}, "--gram_bank=16 needs the style term"),
        (LossConfig, {"gram_bank": 16, "content_weights": (1.0, 0, 0, 0), **STYLE}, "contradicts --content_weights"),
        (LossConfig, {"style_weights": (1.0,)}, "--style_weights: expected four numbers, one a tap, got 1"),
        (LossConfig, {"mask_min": 0.5, "mask_max": 0.5}, r"--mask_min: expected less than --mask_max \(0\.5\)"),
        (DistributionConfig, {"mixed_precision": "float8"}, "--mixed_precision: expected .*float16"),
        (DistributionConfig, {"steps_per_execution": 0}, "--steps_per_execution: expected a whole number, at least 1"),
        (DistributionConfig, {"jit": True, "logical_cpus": 2}, "--jit contradicts --logical_cpus=2: XLA sees one CPU"),
        (DistributionConfig, {"strategy": "one_device", "logical_cpus": 2}, "--strategy=one_device contradicts"),
    ],
)
def test_contradictions_are_named(config: Any, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(**values)


def test_micro_batches_and_batch_norm_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match=r"--micro_batches: expected 1, got 2: .*batch norm"):
        TrainConfig(run=RunConfig(workdir="a"), distribution=DistributionConfig(micro_batches=2))


def test_a_run_may_go_on_with_other_devices_but_not_with_another_precision() -> None:
    assert {"strategy", "jit", "steps_per_execution"} <= RESUMABLE
    assert not {"mixed_precision", "batch_size", "seed", "gram_bank"} & RESUMABLE


IMAGENET = ["--flagfile=configs/imagenet.flags", "--workdir=unused"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--micro_batches=3"], "--micro_batches: expected a divisor of --batch_size=4000, got 3"),
        (["--reference=data"], "--dataset=latent contradicts --reference=data"),
        (["--critic=conv", "--adversarial_weight=1"], "--critic=conv contradicts --mechanisms=biggan"),
        (["--backbone="], "--backbone: expected BigGAN-deep for --mechanisms=biggan, got none"),
        (["--masker=clip"], "--masker=clip contradicts --mechanisms=biggan"),
        (["--masker_weights="], "--masker_weights: expected weights for --masker=u2net, got none"),
        (["--backbone_resolution=200"], "--backbone_resolution: expected 128, 256 or 512, got 200"),
        (["--without=rec,colour"], "--without: expected one or several, comma separated, of rec, shape, text, bg"),
        (["--texture_weights=1,2"], "--texture_weights: expected four numbers, one a tap, got 2"),
        (["--gram_bank=4"], "--gram_bank=4 contradicts --dataset=latent"),
        (["--freeze=mask"], "--freeze: expected one or several"),
    ],
)
def test_contradictions_at_256_pixels_are_named(flags: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(TrainConfig, [*IMAGENET, *flags])
    assert message in str(caught.value)


def test_losses_are_switched_off_by_name() -> None:
    config = parse(TrainConfig, [*IMAGENET, "--without=rec,bg"]).loss
    assert {name for name, weight in config.weights().items() if weight} == {"binary_entropy", "mask_size", "texture"}
    assert config.taps == [1, 2]
    assert parse(TrainConfig, IMAGENET).loss.taps == [0, 1, 2, 3]


def test_opaque_mask_wants_nothing_trained_that_has_no_effect() -> None:
    frozen = OptimizerConfig(freeze=("shape", "background"), embedding_owner="texture")
    unmasked = LossConfig(binary_weight=0.0)
    run, model = RunConfig(workdir="runs/gan"), ModelConfig(masker="opaque")
    TrainConfig(model=model, loss=unmasked, optimizer=frozen, run=run)
    with pytest.raises(ConfigError, match="set --freeze=shape,background and --embedding_owner=texture"):
        TrainConfig(model=model, loss=unmasked, run=run)
    for kind in ("flat", "canvas"):
        other = ModelConfig(masker="opaque", texture_kind=kind)
        with pytest.raises(ConfigError, match=f"--texture_kind={kind} contradicts --masker=opaque"):
            TrainConfig(model=other, loss=unmasked, optimizer=frozen, run=run)
    with pytest.raises(ConfigError, match="contradicts binary_entropy, mask_border: the mask is fixed"):
        TrainConfig(model=model, loss=LossConfig(border_weight=5.0), optimizer=frozen, run=run)


def test_canvases_want_noise_for_row_and_column() -> None:
    run = RunConfig(workdir="runs/canvas")
    TrainConfig(model=ModelConfig(texture_kind="canvas", noise_dim=2), run=run)
    with pytest.raises(ConfigError, match="--noise_dim: expected at least 2 for --texture_kind=canvas, got 1"):
        TrainConfig(model=ModelConfig(texture_kind="canvas", noise_dim=1), run=run)


def test_twins_come_in_pairs() -> None:
    twins = LossConfig(generated_labels="twins", mask_diversity_weight=0.3)
    with pytest.raises(ConfigError, match="--batch_size: expected an even number for twins, got 15"):
        TrainConfig(loss=twins, run=RunConfig(workdir="a", batch_size=15))
    with pytest.raises(ConfigError, match="expected --generated_labels=twins, got independent"):
        LossConfig(generated_labels="independent", mask_diversity_weight=0.3)
    with pytest.raises(ConfigError, match="--image_diversity_weight compares images of one class"):
        LossConfig(generated_labels="paired", image_diversity_weight=1.0)


def test_norms_are_frozen_before_the_end_and_where_they_are() -> None:
    with pytest.raises(ConfigError, match=r"--freeze_norms_from: expected less than --steps \(10\), got 10"):
        TrainConfig(optimizer=OptimizerConfig(freeze_norms_from=10), run=RunConfig(workdir="a", steps=10))
    with pytest.raises(ConfigError, match="--freeze_norms_from=10 contradicts --mechanisms=biggan"):
        parse(TrainConfig, [*IMAGENET, "--freeze_norms_from=10"])


def test_the_end_of_a_noise_needs_its_start() -> None:
    with pytest.raises(ConfigError, match="--critic_noise_end needs a start: set --critic_noise"):
        LossConfig(critic_noise_end=0.1)
