"""The weighted sum of loss terms that trains the mechanisms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keras import ops

from cgn_tf.losses import adversarial, background, mask, perceptual, reconstruction
from cgn_tf.ops.gram import gram
from cgn_tf.types import Composite

TERMS = (
    "adversarial",
    "binary_entropy",
    "mask_size",
    "mask_border",
    "reconstruction",
    "style",
    "content",
    "background",
)
"""The names of all terms, in the order in which they are logged."""


class LossTerms:
    """Computes every term with a non-zero weight, one value per example; nothing else is computed.

    Args:
        weights: by name of `TERMS`; a missing name counts as 0.
        features: frozen feature network, images [B, H, W, 3] → list of taps; for `style` and `content`.
        style_taps: weight of each tap in the style term.
        content_taps: weight of each tap in the content term.
        saliency: images [B, H, W, 3] → saliency [B, H, W, 1] in [0, 1]; for `background`.
        mask_bounds: range of the mean of the mask without a `mask_size` loss.
        border_width: pixels of the frame of `mask_border`.

    Raises:
        ValueError: an unknown name, or a term whose network is missing.
    """

    def __init__(
        self,
        weights: Mapping[str, float],
        features: Callable[[Any], Sequence[Any]] | None = None,
        style_taps: Sequence[float] = (),
        content_taps: Sequence[float] = (),
        saliency: Callable[[Any], Any] | None = None,
        mask_bounds: tuple[float, float] = (0.1, 0.9),
        border_width: int = 4,
    ) -> None:
        unknown = sorted(set(weights) - set(TERMS))
        if unknown:
            raise ValueError(f"Unknown loss terms {unknown}; known: {', '.join(TERMS)}.")
        self.weights = {name: weights[name] for name in TERMS if weights.get(name)}
        if features is None and {"style", "content"} & set(self.weights):
            raise ValueError("The style and content terms need a feature network; none was given.")
        if saliency is None and "background" in self.weights:
            raise ValueError("The background term needs a saliency network; none was given.")
        self.features = features
        self.style_taps = tuple(style_taps)
        self.content_taps = tuple(content_taps)
        self.saliency = saliency
        self.mask_bounds = mask_bounds
        self.border_width = border_width

    @property
    def needs_reference(self) -> bool:
        """Whether any term compares with a reference image."""
        return bool({"reconstruction", "style", "content"} & set(self.weights))

    def __call__(
        self, composite: Composite, reference: Any = None, fake_scores: Any = None, style_targets: Any = None
    ) -> dict[str, Any]:
        """Every active term before its weight, by name; in float32, whatever the precision of the networks.

        Args:
            composite: of B images.
            reference: [B, H, W, 3] images to compare with; no gradient flows into them.
            fake_scores: the critic's scores [B] of `composite.image`; for `adversarial`.
            style_targets: a Gram matrix [B, C, C] for each tap, for `style`; None: those of `reference`.

        Returns:
            name → [B].
        """
        composite = Composite(*(ops.cast(part, "float32") for part in composite))
        taps: Sequence[Any] = ()
        reference_taps: Sequence[Any] = ()
        if self.features is not None and {"style", "content"} & set(self.weights):
            taps = self._taps(self.features, composite.image)
            if "content" in self.weights or style_targets is None:
                reference_taps = [ops.stop_gradient(tap) for tap in self._taps(self.features, reference)]
        if "style" in self.weights and style_targets is None:
            style_targets = [gram(tap) for tap in reference_taps]
        compute: dict[str, Callable[[], Any]] = {
            "adversarial": lambda: adversarial.generator(ops.cast(fake_scores, "float32")),
            "binary_entropy": lambda: mask.binary_entropy(composite.mask),
            "mask_size": lambda: mask.size(composite.mask, *self.mask_bounds),
            "mask_border": lambda: mask.border(composite.mask, self.border_width),
            "reconstruction": lambda: reconstruction.l1(composite.image, reference),
            "style": lambda: perceptual.style(taps, style_targets, self.style_taps),
            "content": lambda: perceptual.content(taps, reference_taps, self.content_taps),
            "background": lambda: background.saliency(self.saliency(composite.background)),  # type: ignore[misc]
        }
        return {name: compute[name]() for name in self.weights}

    @staticmethod
    def _taps(features: Callable[[Any], Sequence[Any]], images: Any) -> list[Any]:
        return [ops.cast(tap, "float32") for tap in features(images)]

    def total(self, raw: Mapping[str, Any]) -> Any:
        """Σ weight · term, [B]."""
        return sum(self.weights[name] * value for name, value in raw.items())
