"""Which choices of a CGN's training go together: what one part needs, another has to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgn_tf.assembly.resources import BackboneOptions, SaliencyOptions
from cgn_tf.errors import ConfigError
from cgn_tf.losses.contract import Need

if TYPE_CHECKING:
    from cgn_tf.assembly.train_config import TrainConfig


def check_parts(config: TrainConfig) -> None:
    """Holds every part to get what it needs.

    Raises:
        ConfigError: one does not; the message names the options.
    """
    _check_weights(config)
    _check_reference(config)
    _check_discriminator(config)
    _check_ignored_factors(config)
    needs = config.loss.needs
    if Need.STYLE_REFERENCE_BANK in needs and Need.REFERENCE_FEATURES in needs:
        raise ConfigError(
            "`style_reference_bank` contradicts `content_weights`: another loss reads the batch's real images, so that "
            "a bank would save nothing; set `style_reference_bank=0`."
        )


def check_run(config: TrainConfig) -> None:
    """Holds schedules and batches to fit the run.

    Raises:
        ConfigError: they do not; the message names the options.
    """
    run, parts = config.run, config.distribution.micro_batches
    run.check_schedule("freeze_batch_norm_after", config.optimizer.freeze_batch_norm_after, run.steps, below=True)
    run.check_schedule("lr_decay_steps", config.optimizer.lr_decay_steps, run.steps)
    if config.loss.generated_labels == "paired_noise" and run.batch_size % 2:
        raise ConfigError(f"`batch_size`: expected an even number for paired_noise, got {run.batch_size}.")
    if run.batch_size % parts:
        raise ConfigError(f"`micro_batches`: expected a divisor of `batch_size={run.batch_size}`, got {parts}.")
    with_batch_norm = [part for part in config.model.parts if part.has_batch_norm]
    if parts > 1 and with_batch_norm:
        raise ConfigError(
            f"`micro_batches`: expected 1, got {parts}: {with_batch_norm[0].name} has batch norm, whose statistics "
            "over a part of the batch are not those of the whole; use more devices, or a smaller `batch_size`."
        )
    frozen_after = config.optimizer.freeze_batch_norm_after
    if frozen_after and not any(part.has_batch_norm for part in config.model.mechanisms):
        raise ConfigError(f"`freeze_batch_norm_after={frozen_after}`: expected 0, since no mechanism has batch norm.")
    if config.distribution.gradient_checkpointing and not config.needs_backbone:
        raise ConfigError(
            f"`gradient_checkpointing` contradicts `texture_mechanism={config.model.texture_mechanism}`: it is for "
            "BigGAN's blocks."
        )


def _check_weights(config: TrainConfig) -> None:
    backbone = config.resources.of(BackboneOptions).backbone
    masker_weights = config.resources.of(SaliencyOptions).masker_weights
    if config.needs_backbone and not backbone:
        raise ConfigError("`backbone`: expected BigGAN-deep for the chosen mechanisms, got none; or random.")
    if config.masker_needs_saliency and not masker_weights:
        raise ConfigError(
            f"`masker_weights`: expected weights for `masker={config.model.masker}`, got none; or random."
        )
    if Need.SALIENCY in config.loss.needs and not masker_weights:
        raise ConfigError(
            f"`{_name_of(config, Need.SALIENCY)}_weight` needs a network that finds objects: give `masker_weights`, "
            f"also beside `masker={config.model.masker}`."
        )


def _check_reference(config: TrainConfig) -> None:
    dataset, reference = config.data.dataset, config.model.reference
    has_images = config.data.part.has_images
    if not has_images and reference != "generator":
        raise ConfigError(f"`dataset={dataset}` contradicts `reference=data`: set `reference=generator`.")
    if has_images and reference == "generator":
        raise ConfigError(f"`reference=generator` contradicts `dataset={dataset}`: set `dataset=latent`.")
    if reference == "generator" and not (config.model.generator or config.needs_backbone):
        raise ConfigError("`generator`: expected a directory for `reference=generator`, got none.")
    if not has_images and Need.REAL_IMAGES in config.loss.needs:
        raise ConfigError(f"`style_reference_bank` contradicts `dataset={dataset}`: the data set has no real images.")
    if Need.PAIRED_REFERENCE in config.loss.needs and reference == "data" and config.loss.generated_labels != "paired":
        raise ConfigError(
            f"`{_name_of(config, Need.PAIRED_REFERENCE)}_weight` contradicts "
            f"`generated_labels={config.loss.generated_labels}`: the real image would show another class; set "
            "`generated_labels=paired`."
        )


def _check_discriminator(config: TrainConfig) -> None:
    chosen, needed = config.model.discriminator, Need.DISCRIMINATOR in config.loss.needs
    if chosen == "none" and needed:
        name = _name_of(config, Need.DISCRIMINATOR)
        raise ConfigError(
            f"`discriminator=none` contradicts `{name}_weight`: choose a discriminator, or set `{name}_weight=0`."
        )
    if chosen == "none" and config.loss.instance_noise:
        raise ConfigError(
            f"`discriminator=none` contradicts `instance_noise={config.loss.instance_noise}`: nothing sees it."
        )
    if chosen != "none" and not needed:
        raise ConfigError(
            f"`discriminator={chosen}` contradicts `adversarial_weight=0`: the mechanisms would not see it; set "
            "`discriminator=none`, or give the loss a weight."
        )
    if chosen != "none" and not config.data.part.has_images:
        raise ConfigError(
            f"`discriminator={chosen}` contradicts `dataset={config.data.dataset}`: the data set has no real images."
        )


def _check_ignored_factors(config: TrainConfig) -> None:
    """Mechanisms and losses that a masker leaves without effect."""
    ignored, masker = config.model.masker_part.ignores, config.model.masker
    if not ignored:
        return
    factors = [factor for factor in config.model.mechanisms._fields if factor in ignored]
    if not ignored <= set(config.optimizer.freeze) or config.optimizer.embedding_owner in ignored:
        raise ConfigError(
            f"`masker={masker}`: {' and '.join(factors)} have no effect; set `freeze={','.join(factors)}` and "
            "`embedding_owner=texture`."
        )
    texture = config.model.mechanisms.texture
    if not texture.draws_whole_images:
        raise ConfigError(
            f"`texture_mechanism={texture.name}` contradicts `masker={masker}`: the texture mechanism draws the whole "
            "image; set `texture_mechanism=deep`."
        )
    idle = [part.name for part in config.loss.active if part.trains and part.trains <= ignored]
    if idle:
        raise ConfigError(
            f"`masker={masker}` contradicts {', '.join(idle)}: the mask is fixed; set `without=shape`, or weights of 0."
        )


def _name_of(config: TrainConfig, need: Need) -> str:
    """The first loss that has a need."""
    return next(part.name for part in config.loss.active if need in config.loss.needs_of(part))
