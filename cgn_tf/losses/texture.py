"""The foreground shows the object's texture everywhere (Sauer & Geiger 2021, L_text)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from keras import ops

from cgn_tf.losses.contract import LossPart, Need, PatchIndices, always
from cgn_tf.losses.inputs import LossInputs
from cgn_tf.losses.style import style
from cgn_tf.losses.tap_weights import check_tap_weights, is_on, weighted_taps
from cgn_tf.ops.gram import gram
from cgn_tf.ops.patches import PatchGridConfig, patch_grid
from cgn_tf.options.declaration import check_options, option


class TextureLoss:
    """`style` of the foreground against a grid of patches of the reference, cut where the mask is high.

    The gradient reaches the foreground only.

    Args:
        weights: tap → weight.
        config: how the patches are cut; None: as published.
    """

    def __init__(self, weights: Mapping[int, float], config: PatchGridConfig | None = None) -> None:
        self.weights = dict(weights)
        self.config = config or PatchGridConfig()

    def __call__(self, inputs: LossInputs) -> Any:
        """[B]."""
        taps = list(self.weights)
        patches = patch_grid(inputs.reference, inputs.composite.mask, inputs.patch_indices, **asdict(self.config))
        grams = {tap: gram(ops.stop_gradient(found)) for tap, found in inputs.features_of(patches, taps).items()}
        foreground = inputs.features_of(inputs.composite.foreground, taps)
        return style([foreground[tap] for tap in taps], [grams[tap] for tap in taps], list(self.weights.values()))


@dataclass(frozen=True)
class TextureOptions:
    """Loss texture: Gram matrices of the foreground against those of patches of the object."""

    texture_weights: tuple[float, ...] = option(
        (0.0, 0.0, 0.0, 0.0),
        "Weights of the four taps in the texture loss, the style of the foreground against patches of the reference "
        "where the mask is high (squared, times 5000).",
        minimum=0.0,
    )

    def __post_init__(self) -> None:
        check_options(self)
        check_tap_weights("texture_weights", self.texture_weights)


def _feature_taps(options: TextureOptions) -> Mapping[str, frozenset[int]]:
    taps = frozenset(weighted_taps(options.texture_weights))
    return {"foreground": taps, "patches": taps}


TEXTURE = LossPart(
    name="texture",
    summary="Gram loss of the foreground against patches of the object.",
    options=TextureOptions,
    weight=lambda options: is_on(options.texture_weights),
    make=lambda options: TextureLoss(weighted_taps(options.texture_weights)),
    requires=always(Need.FEATURES, Need.REFERENCE),
    feature_taps=_feature_taps,
    patch_indices=lambda options: PatchIndices(PatchGridConfig().grid ** 2, PatchGridConfig().best),
    paper_loss="text",
    trains=frozenset({"texture"}),
)
