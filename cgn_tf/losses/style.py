"""Style of the image against that of the reference (Johnson et al. 2016, as in the CGN's L_rec)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cgn_tf.errors import ConfigError
from cgn_tf.losses.contract import LossPart, Need
from cgn_tf.losses.inputs import LossInputs
from cgn_tf.losses.tap_weights import STYLE_SCALE, check_tap_weights, is_on, weighted_taps
from cgn_tf.ops.gram import gram, gram_distance
from cgn_tf.options.declaration import check_options, option


def style(taps: Sequence[Any], reference_grams: Sequence[Any], weights: Sequence[float]) -> Any:
    """Σ_i mean|Gram(F_i) − G_i| · w_i² · 5000.

    Args:
        taps: feature maps of the image, each [B, H_i, W_i, C_i].
        reference_grams: the Gram matrices G_i of the reference, each [B, C_i, C_i]; no gradient flows into them.
        weights: one a tap.

    Returns:
        [B].
    """
    return sum(
        gram_distance(tap, reference) * (weight**2 * STYLE_SCALE)
        for tap, reference, weight in zip(taps, reference_grams, weights, strict=True)
    )


class StyleLoss:
    """`style` of the composite image.

    Args:
        weights: tap → weight.
        from_bank: compare with the Gram matrices of fixed real images instead of with those of the batch's references.
    """

    def __init__(self, weights: Mapping[int, float], from_bank: bool = False) -> None:
        self.weights = dict(weights)
        self.from_bank = from_bank

    def __call__(self, inputs: LossInputs) -> Any:
        """[B]."""
        image = inputs.feature_maps("image")
        if self.from_bank:
            grams: Mapping[int, Any] = inputs.style_reference_grams
        else:
            reference = inputs.feature_maps("reference")
            grams = {tap: gram(reference[tap]) for tap in self.weights}
        return style(
            [image[tap] for tap in self.weights], [grams[tap] for tap in self.weights], list(self.weights.values())
        )


@dataclass(frozen=True)
class StyleOptions:
    """Loss style: Gram matrices of the image against those of the reference."""

    style_weights: tuple[float, ...] = option(
        (0.0, 0.0, 0.0, 0.0), "Weights of the four taps in the style loss (squared, times 5000).", minimum=0.0
    )
    style_reference_bank: int = option(
        0,
        "Compare the style with this many fixed real images of each class, whose Gram matrices are computed once, "
        "instead of with the batch's: faster, but not the same loss; 0: off.",
        minimum=0,
    )

    def __post_init__(self) -> None:
        check_options(self)
        check_tap_weights("style_weights", self.style_weights)
        if self.style_reference_bank and not any(self.style_weights):
            raise ConfigError(
                f"`style_reference_bank={self.style_reference_bank}` needs the style loss: give `style_weights`."
            )


def _needs(options: StyleOptions) -> frozenset[Need]:
    if options.style_reference_bank:
        return frozenset({Need.FEATURES, Need.STYLE_REFERENCE_BANK, Need.REAL_IMAGES})
    return frozenset({Need.FEATURES, Need.REFERENCE, Need.REFERENCE_FEATURES})


def _feature_taps(options: StyleOptions) -> Mapping[str, frozenset[int]]:
    taps = frozenset(weighted_taps(options.style_weights))
    return {"image": taps} if options.style_reference_bank else {"image": taps, "reference": taps}


STYLE = LossPart(
    name="style",
    summary="Gram loss of the image against the reference.",
    options=StyleOptions,
    weight=lambda options: is_on(options.style_weights),
    make=lambda options: StyleLoss(weighted_taps(options.style_weights), bool(options.style_reference_bank)),
    requires=_needs,
    feature_taps=_feature_taps,
    paper_loss="rec",
)
