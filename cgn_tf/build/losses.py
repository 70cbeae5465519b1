"""The losses of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgn_tf.config.loss import LossConfig
from cgn_tf.config.options import ConfigError
from cgn_tf.data.digit_dataset import DigitData
from cgn_tf.losses.gram_bank import GramBank
from cgn_tf.losses.tap_scales import scales_for_means
from cgn_tf.losses.terms import LossTerms
from cgn_tf.models.features import FeatureNetwork
from cgn_tf.weights.feature_weights import load_feature_weights


def build_terms(
    config: LossConfig,
    seed: int,
    say: Callable[[str], None] = print,
    saliency: Callable[[Any], Any] | None = None,
    images: Callable[[], Any] | None = None,
) -> LossTerms:
    """The weighted loss terms, with the feature network where one is needed.

    Args:
        config: weights and features.
        seed: of random feature weights.
        say: is told whose weights the features have.
        saliency: for the background term.
        images: draws reference images, for `config.tap_means`.
    """
    taps = config.taps
    features = None
    if taps:
        features = FeatureNetwork(
            config.features, taps, input_range=config.feature_range, input_size=config.feature_size or None
        )
        say(load_feature_weights(features, config.feature_weights, seed))
        if config.tap_means and images is not None:
            features.tap_scales = scales_for_means(features, images(), [config.tap_means[i] for i in taps])
    return LossTerms(
        config.weights(),
        features,
        [config.style_weights[i] for i in taps],
        [config.content_weights[i] for i in taps],
        texture_taps=[config.texture_weights[i] for i in taps],
        saliency=saliency,
        mask_bounds=(config.mask_min, config.mask_max),
        border_width=config.border_width,
        adversarial_loss=config.adversarial_loss,
        mask_diversity_target=config.mask_diversity_target,
        image_diversity_target=config.image_diversity_target,
    )


def build_gram_bank(config: LossConfig, terms: LossTerms, data: DigitData) -> GramBank | None:
    """The targets of the style term from the first images of each class of `data`; None where they are not wanted."""
    if not config.gram_bank or terms.features is None:
        return None
    try:
        return GramBank(terms.features, data.pools(config.gram_bank))
    except ValueError as error:
        raise ConfigError(f"--gram_bank: {error}") from error
