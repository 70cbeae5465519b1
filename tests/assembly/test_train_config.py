from __future__ import annotations

import pytest

from cgn_tf.assembly.train_config import RESUMABLE, TrainConfig
from cgn_tf.errors import ConfigError
from cgn_tf.losses.mask_size import MaskSizeOptions
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import from_dict, to_dict

DIGITS = ["--workdir=unused", "--digits=sklearn"]


def refused(*flags: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(TrainConfig, [*DIGITS, *flags])
    return str(caught.value)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--style_reference_bank=16"], "--style_reference_bank=16 needs the style loss: give --style_weights"),
        (
            ["--style_reference_bank=16", "--style_weights=.01,.05,0,.01", "--content_weights=1,0,0,0"],
            "--style_reference_bank contradicts --content_weights",
        ),
        (["--style_weights=1"], "--style_weights: expected four numbers, one a tap, got 1"),
        (
            ["--mask_size_weight=1", "--mask_size_min=0.5", "--mask_size_max=0.5"],
            "--mask_size_min: expected less than --mask_size_max (0.5)",
        ),
        (["--mixed_precision=float8"], "--mixed_precision: expected one of float32, bfloat16, float16"),
        (["--steps_per_execution=0"], "--steps_per_execution: expected a whole number, at least 1"),
        (["--jit", "--logical_cpus=2"], "--jit contradicts --logical_cpus=2: XLA sees one CPU"),
        (["--strategy=one_device", "--logical_cpus=2"], "--strategy=one_device contradicts"),
        (["--micro_batches=2"], "--micro_batches: expected 1, got 2: conv has batch norm"),
        (
            ["--shape_mechanism=constant_colour"],
            "shape mechanism: expected one that draws shapes, got constant_colour",
        ),
        (
            ["--masker=sigmoid"],
            "masker sigmoid: expected a premask of logits, got values of the shape mechanism conv",
        ),
        (
            ["--shape_mechanism=deep"],
            "--masker: masker clip: expected a premask of values, got logits of the shape mechanism deep",
        ),
        (["--discriminator=none"], "--discriminator=none contradicts --adversarial_weight: choose a discriminator"),
        (["--adversarial_weight=0"], "--discriminator=linear contradicts --adversarial_weight=0"),
        (["--background_weight=1"], "--background_weight needs a network that finds objects: give --masker_weights"),
        (["--reference=generator", "--generator=a"], "--reference=generator contradicts --dataset=colored_mnist"),
        (["--generator=a"], "--generator contradicts --reference=data: set --reference=generator"),
        (
            ["--reconstruction_weight=1", "--generated_labels=independent"],
            "--reconstruction_weight contradicts --generated_labels=independent: the real image would show",
        ),
        (["--gradient_checkpointing"], "--gradient_checkpointing contradicts --texture_mechanism=conv"),
        (["--lr_decay_steps=11", "--steps=10"], "--lr_decay_steps: expected at most --steps (10), got 11"),
    ],
)
def test_contradictions_are_named(flags: list[str], message: str) -> None:
    assert message in refused(*flags)


@pytest.mark.parametrize(
    ("flags", "unread"),
    [
        (["--learned_image_size=64"], "--learned_image_size: no chosen part reads it"),
        (["--mask_size_min=0.2", "--mask_size_max=0.3"], "--mask_size_min, --mask_size_max: no chosen part reads them"),
        (["--backbone=random"], "--backbone: no chosen part reads it"),
        (["--features=squeezenet"], "--features: no chosen part reads it"),
        (["--masker_weights=random"], "--masker_weights: no chosen part reads it"),
        (["--gain=0.3", "--shape_mechanism=deep", "--texture_mechanism=deep", "--masker=sigmoid"], "--gain: no chosen"),
    ],
)
def test_what_no_part_reads_is_refused_by_name(flags: list[str], unread: str) -> None:
    assert unread in refused(*flags)


def test_options_of_a_loss_that_is_switched_off_by_name_are_kept() -> None:
    config = parse(TrainConfig, [*DIGITS, "--mask_size_weight=1", "--mask_size_min=0.2", "--without=shape"])
    assert config.loss.loss_options.of(MaskSizeOptions).mask_size_min == 0.2
    assert [part.name for part in config.loss.active] == ["adversarial"]


def test_a_configuration_keeps_what_its_parts_read_alone() -> None:
    described = to_dict(parse(TrainConfig, [*DIGITS, "--texture_mechanism=learned_image_crop"]))
    assert set(described["model"]["model_options"]) == {
        "conv", "learned_image_crop", "clip", "width",
    }  # fmt: skip
    assert set(described["loss"]["loss_options"]) == {"adversarial", "binary_entropy"}
    assert described["resources"] == {}
    assert from_dict(TrainConfig, described) == parse(TrainConfig, [*DIGITS, "--texture_mechanism=learned_image_crop"])


def test_a_run_may_go_on_with_other_devices_but_not_with_another_precision() -> None:
    assert {"strategy", "jit", "steps_per_execution"} <= RESUMABLE
    assert not {"mixed_precision", "batch_size", "seed", "style_reference_bank"} & RESUMABLE


IMAGENET = ["--flagfile=configs/imagenet.flags", "--workdir=unused"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--micro_batches=3"], "--micro_batches: expected a divisor of --batch_size=4000, got 3"),
        (["--reference=data"], "--dataset=latent contradicts --reference=data"),
        (["--discriminator=conv", "--adversarial_weight=1"], "--discriminator=conv contradicts --dataset=latent"),
        (["--backbone="], "--backbone: expected BigGAN-deep for the chosen mechanisms, got none"),
        (
            ["--masker=clip"],
            "masker clip: expected a premask of values, got image of the shape mechanism biggan",
        ),
        (["--masker_weights="], "--masker_weights: expected weights for --masker=u2net, got none"),
        (["--backbone_resolution=200"], "--backbone_resolution: expected one of 128, 256, 512, got 200"),
        (["--without=rec,colour"], "--without: expected one or several, comma separated, of rec, shape, text, bg"),
        (["--texture_weights=1,2"], "--texture_weights: expected four numbers, one a tap, got 2"),
        (["--style_reference_bank=4"], "--style_reference_bank contradicts --dataset=latent"),
        (["--freeze=mask"], "--freeze: expected one or several"),
    ],
)
def test_contradictions_at_256_pixels_are_named(flags: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(TrainConfig, [*IMAGENET, *flags])
    assert message in str(caught.value)


def test_losses_are_switched_off_by_name() -> None:
    config = parse(TrainConfig, [*IMAGENET, "--without=rec,bg"]).loss
    assert {part.name for part in config.active} == {"binary_entropy", "mask_size", "texture"}
    assert config.feature_taps() == {"foreground": {1, 2}, "patches": {1, 2}}
    whole = parse(TrainConfig, IMAGENET).loss
    assert whole.feature_taps()["image"] == {0, 1, 2, 3}


FULL = ["--masker=full", "--freeze=shape,background", "--embedding_owner=texture", "--binary_entropy_weight=0"]


def test_a_full_mask_wants_nothing_trained_that_has_no_effect() -> None:
    parse(TrainConfig, [*DIGITS, *FULL, "--texture_mechanism=deep"])
    assert "set --freeze=shape,background and --embedding_owner=texture" in refused("--masker=full")
    for kind in ("constant_colour", "learned_image_crop"):
        message = refused(*FULL, f"--texture_mechanism={kind}")
        assert f"--texture_mechanism={kind} contradicts --masker=full" in message
    trained = [flag for flag in FULL if "binary" not in flag]
    message = refused(*trained, "--texture_mechanism=deep", "--mask_border_weight=5")
    assert "contradicts binary_entropy, mask_border: the mask is fixed" in message


def test_noise_of_pairs_comes_in_pairs() -> None:
    pairs = ["--generated_labels=paired_noise", "--mask_diversity_weight=0.3"]
    assert "--batch_size: expected an even number for paired_noise, got 15" in refused(*pairs, "--batch_size=15")
    message = refused("--generated_labels=independent", "--mask_diversity_weight=0.3")
    assert "--mask_diversity_weight compares images of one class: expected --generated_labels=paired_noise" in message
    assert "--image_diversity_weight compares images of one class" in refused("--image_diversity_weight=1")


def test_norms_are_frozen_before_the_end_and_where_they_are() -> None:
    message = refused("--freeze_batch_norm_after=10", "--steps=10")
    assert "--freeze_batch_norm_after: expected less than --steps (10), got 10" in message
    with pytest.raises(ConfigError, match="--freeze_batch_norm_after=10: expected 0, since no mechanism"):
        parse(TrainConfig, [*IMAGENET, "--freeze_batch_norm_after=10"])


def test_the_end_of_a_noise_needs_its_start() -> None:
    assert "--instance_noise_end needs a start: set --instance_noise" in refused("--instance_noise_end=0.1")


@pytest.mark.parametrize(
    ("flag", "now"),
    [
        ("--critic=linear", "unknown flag --critic: it was renamed; give --discriminator."),
        ("--border_weight=1", "give --mask_border_weight."),
        ("--held_out=1", "give --validation_size."),
        ("--texture_kind=flat", "give --texture_mechanism."),
        ("--mechanisms=biggan", "give --shape_mechanism and --texture_mechanism."),
        ("--masker=opaque", "got 'opaque'. What was opaque is full now."),
        ("--texture_mechanism=canvas", "What was canvas is learned_image_crop now."),
    ],
)
def test_an_old_flag_is_answered_with_the_new_name(flag: str, now: str) -> None:
    assert now in refused(flag)
