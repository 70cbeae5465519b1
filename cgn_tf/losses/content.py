"""Feature maps of the image against those of the reference (Johnson et al. 2016)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras import ops

from cgn_tf.losses.contract import LossPart, Need, always
from cgn_tf.losses.inputs import LossInputs
from cgn_tf.losses.tap_weights import check_tap_weights, is_on, weighted_taps
from cgn_tf.options.declaration import check_options, option


def content(taps: Sequence[Any], reference_taps: Sequence[Any], weights: Sequence[float]) -> Any:
    """Σ_i mean|F_i − R_i| · w_i.

    Args:
        taps: feature maps F_i of the image, each [B, H_i, W_i, C_i].
        reference_taps: feature maps R_i of the reference.
        weights: one a tap.

    Returns:
        [B].
    """
    return sum(
        ops.mean(ops.abs(tap - reference), axis=(1, 2, 3)) * weight
        for tap, reference, weight in zip(taps, reference_taps, weights, strict=True)
    )


class ContentLoss:
    """`content` of the composite image.

    Args:
        weights: tap → weight.
    """

    def __init__(self, weights: Mapping[int, float]) -> None:
        self.weights = dict(weights)

    def __call__(self, inputs: LossInputs) -> Any:
        """[B]."""
        image, reference = inputs.feature_maps("image"), inputs.feature_maps("reference")
        return content(
            [image[tap] for tap in self.weights], [reference[tap] for tap in self.weights], list(self.weights.values())
        )


@dataclass(frozen=True)
class ContentOptions:
    """Loss content: feature maps of the image against those of the reference."""

    content_weights: tuple[float, ...] = option(
        (0.0, 0.0, 0.0, 0.0), "Weights of the four taps in the content loss.", minimum=0.0
    )

    def __post_init__(self) -> None:
        check_options(self)
        check_tap_weights("content_weights", self.content_weights)


def _feature_taps(options: ContentOptions) -> Mapping[str, frozenset[int]]:
    taps = frozenset(weighted_taps(options.content_weights))
    return {"image": taps, "reference": taps}


CONTENT = LossPart(
    name="content",
    summary="Distance of the image's feature maps to the reference's.",
    options=ContentOptions,
    weight=lambda options: is_on(options.content_weights),
    make=lambda options: ContentLoss(weighted_taps(options.content_weights)),
    requires=always(Need.FEATURES, Need.REFERENCE, Need.REFERENCE_FEATURES),
    feature_taps=_feature_taps,
    paper_loss="rec",
)
