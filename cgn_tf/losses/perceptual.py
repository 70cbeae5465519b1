"""Perceptual losses on the taps of a frozen feature network (Johnson et al. 2016, as in CGN's L_rec and L_text)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from keras import ops

from cgn_tf.ops.gram import gram, gram_distance
from cgn_tf.ops.patches import SheetSettings, patch_sheet
from cgn_tf.types import Composite

STYLE_SCALE = 5000.0
"""The PyTorch reference's factor beside the squared tap weight."""

PERCEPTUAL_TERMS = ("style", "content", "texture")
"""Those that read feature maps."""


class Features(Protocol):
    """A frozen network such as `cgn_tf.models.features.FeatureNetwork`."""

    taps: Sequence[int]
    """The taps that it has, in the order in which it returns them."""

    def __call__(self, images: Any, taps: Sequence[int] | None = None) -> Sequence[Any]:
        """Images [B, H, W, 3] → one feature map [B, h, w, C] for each of `taps`, or of all."""


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


def content(taps: Sequence[Any], reference_taps: Sequence[Any], weights: Sequence[float]) -> Any:
    """Σ_i mean|F_i − R_i| · w_i, with the reference's feature maps R_i; else as `style`."""
    return sum(
        ops.mean(ops.abs(tap - reference), axis=(1, 2, 3)) * weight
        for tap, reference, weight in zip(taps, reference_taps, weights, strict=True)
    )


class PerceptualTerms:
    """The perceptual terms of a composite; computes the taps that they have weights for, and each no more than once.

    "style" and "content" compare the image with the reference. "texture" compares, in style, the foreground with a
    sheet of patches of the reference where the mask is high, so that the foreground shows the object's texture
    everywhere; its gradient reaches the foreground only.

    Args:
        features: frozen feature network.
        tap_weights: by name of the terms to compute, one weight for each of `features.taps`; 0: not of this tap.
        sheet: how the patches of "texture" are cut.

    Raises:
        ValueError: weights of another number than taps, or all 0.
    """

    def __init__(
        self, features: Features, tap_weights: Mapping[str, Sequence[float]], sheet: SheetSettings | None = None
    ) -> None:
        for term, weights in tap_weights.items():
            if len(weights) != len(features.taps) or not any(weights):
                raise ValueError(
                    f"{term}_taps: expected a weight for each of the feature network's taps {list(features.taps)}, "
                    f"not all 0, got {list(weights)}."
                )
        self.features = features
        self.sheet = sheet or SheetSettings()
        # by place among the network's taps
        self.tap_weights = {
            term: {place: weight for place, weight in enumerate(weights) if weight}
            for term, weights in tap_weights.items()
        }

    def __call__(
        self, composite: Composite, reference: Any = None, style_targets: Any = None, patch_picks: Any = None
    ) -> dict[str, Any]:
        """Every term before its weight, by name: [B] each; see `cgn_tf.losses.terms.LossTerms`."""
        reading = [term for term in self.tap_weights if term != "style" or style_targets is None]
        if reading and reference is None:
            raise ValueError(f"reference: expected images to compare with for {', '.join(reading)}, got None.")

        image_taps = self._taps(composite.image, self._places("style", "content"))
        reference_taps = self._taps(reference, self._places(*set(reading) - {"texture"}))
        reference_taps = {place: ops.stop_gradient(tap) for place, tap in reference_taps.items()}
        found = {}
        if "style" in self.tap_weights:
            if style_targets is None:
                grams = {place: gram(reference_taps[place]) for place in self.tap_weights["style"]}
            else:
                grams = dict(zip(range(len(self.features.taps)), style_targets, strict=True))
            found["style"] = self._compared("style", image_taps, grams)
        if "content" in self.tap_weights:
            found["content"] = self._compared("content", image_taps, reference_taps)
        if "texture" in self.tap_weights:
            found["texture"] = self._texture(composite, reference, patch_picks)
        return found

    def _texture(self, composite: Composite, reference: Any, patch_picks: Any) -> Any:
        if patch_picks is None:
            raise ValueError(f"patch_picks: expected int32 [B, {self.sheet.grid**2}] for the texture term, got None.")
        sheet = patch_sheet(reference, composite.mask, patch_picks, **asdict(self.sheet))
        places = self._places("texture")
        grams = {place: gram(ops.stop_gradient(tap)) for place, tap in self._taps(sheet, places).items()}
        return self._compared("texture", self._taps(composite.foreground, places), grams)

    def _places(self, *terms: str) -> list[int]:
        return sorted({place for term in terms for place in self.tap_weights.get(term, ())})

    def _taps(self, images: Any, places: Iterable[int]) -> dict[int, Any]:
        """The feature maps at some places among the network's taps, in float32."""
        taps = [self.features.taps[place] for place in places]
        maps = self.features(images, taps=taps) if taps else []
        return {place: ops.cast(tap, "float32") for place, tap in zip(places, maps, strict=True)}

    def _compared(self, term: str, taps: Mapping[int, Any], reference: Mapping[int, Any]) -> Any:
        weights = self.tap_weights[term]
        compare = content if term == "content" else style
        return compare([taps[i] for i in weights], [reference[i] for i in weights], list(weights.values()))
