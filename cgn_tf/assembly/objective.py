"""The losses of a training, with the frozen networks that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgn_tf.assembly.loss_config import LossConfig
from cgn_tf.assembly.resources import FeatureOptions, features_of, scale_taps
from cgn_tf.datasets.class_pools import class_pools
from cgn_tf.datasets.contract import ImageDataset
from cgn_tf.errors import ConfigError
from cgn_tf.losses.contract import Need, PatchIndices, TwoPlayerLoss
from cgn_tf.losses.inputs import Features
from cgn_tf.losses.style_reference_bank import StyleReferenceBank
from cgn_tf.losses.weighted_sum import WeightedLoss, WeightedSum


def build_objective(
    config: LossConfig,
    features: FeatureOptions,
    *,
    seed: int,
    log: Callable[[str], None] = print,
    saliency: Callable[[Any], Any] | None = None,
    images: Callable[[], Any] | None = None,
    data: ImageDataset | None = None,
) -> WeightedSum:
    """The weighted losses that are computed.

    Args:
        config: losses and weights.
        features: of the feature network, where a loss needs one.
        seed: integer seed of random feature weights.
        log: is told whose weights the features have.
        saliency: for the background loss.
        images: draws reference images, for `tap_means`.
        data: real images, for a style reference bank.

    Raises:
        CommandError: weights cannot be had or do not fit.
        ConfigError: too few real images for a bank.
    """
    network = None
    if Need.FEATURES in config.needs:
        taps = sorted({tap for read in config.feature_taps().values() for tap in read})
        network, whose = features_of(features, taps, seed)
        log(whose)
        if features.tap_means and images is not None:
            scale_taps(network, features, images())
    losses = {
        part.name: WeightedLoss(part.weight(options), part.make(options))
        for part in config.active
        for options in [config.options_of(part)]
    }
    return WeightedSum(
        losses,
        features=network,
        feature_taps=config.feature_taps(),
        saliency=saliency,
        style_reference_bank=_bank(config, network, data),
        needs_reference=Need.REFERENCE in config.needs,
    )


def discriminator_loss(config: LossConfig, objective: WeightedSum) -> Callable[[Any, Any], Any] | None:
    """What the discriminator minimises; None where no loss needs one."""
    for part in config.active:
        if Need.DISCRIMINATOR in config.needs_of(part):
            loss: Any = objective.losses[part.name].loss
            players: TwoPlayerLoss = loss
            return players.discriminator
    return None


def patch_indices(config: LossConfig) -> PatchIndices | None:
    """The random integers that a loss reads; None where none does."""
    for part in config.active:
        if part.patch_indices is not None:
            return part.patch_indices(config.options_of(part))
    return None


def _bank(config: LossConfig, network: Features | None, data: ImageDataset | None) -> StyleReferenceBank | None:
    size = style_references(config)
    if not size or network is None or data is None:
        return None
    try:
        return StyleReferenceBank(network, class_pools(data, size))
    except ValueError as error:
        raise ConfigError(f"`style_reference_bank`: {error}") from error


def style_references(config: LossConfig) -> int:
    """Images of each class in the style reference bank; 0: no bank."""
    banks = [part for part in config.active if Need.STYLE_REFERENCE_BANK in config.needs_of(part)]
    return config.options_of(banks[0]).style_reference_bank if banks else 0
