"""The weighted sum of loss terms that trains the mechanisms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keras import ops

from cgn_tf.losses import background, diversity, mask, reconstruction
from cgn_tf.losses.adversarial import ADVERSARIAL_LOSSES
from cgn_tf.losses.perceptual import PERCEPTUAL_TERMS, Features, PerceptualTerms
from cgn_tf.ops.patches import SheetSettings
from cgn_tf.types import Composite

TERMS = (
    "adversarial",
    "binary_entropy",
    "mask_size",
    "mask_border",
    "mask_diversity",
    "image_diversity",
    "reconstruction",
    "style",
    "content",
    "texture",
    "background",
)
"""The names of all terms, in the order in which they are logged."""

REFERENCE_TERMS = frozenset({"reconstruction", *PERCEPTUAL_TERMS})
"""Those that compare with a reference image."""


class LossTerms:
    """Computes every term with a non-zero weight, one value per example; nothing else is computed.

    Args:
        weights: by name of `TERMS`; a missing name counts as 0.
        features: frozen feature network, images [B, H, W, 3] → list of taps; for `style`, `content` and `texture`.
        style_taps: weight of each tap of `features` in the style term; taps with weight 0 are not computed.
        content_taps: weight of each tap in the content term.
        texture_taps: weight of each tap in the texture term.
        saliency: images [B, H, W, 3] → saliency [B, H, W, 1] in [0, 1]; for `background`.
        mask_bounds: range of the mean of the mask without a `mask_size` loss.
        border_width: pixels of the frame of `mask_border`.
        sheet: how the patches of the texture term are cut; None: as published.
        adversarial_loss: name of `ADVERSARIAL_LOSSES`.
        mask_diversity_target: see `diversity.masks`.
        image_diversity_target: see `diversity.images`.

    Raises:
        ValueError: an unknown name, a term whose network is missing, or tap weights that do not fit the network.
    """

    def __init__(
        self,
        weights: Mapping[str, float],
        features: Features | None = None,
        style_taps: Sequence[float] = (),
        content_taps: Sequence[float] = (),
        texture_taps: Sequence[float] = (),
        saliency: Callable[[Any], Any] | None = None,
        mask_bounds: tuple[float, float] = (0.1, 0.9),
        border_width: int = 4,
        sheet: SheetSettings | None = None,
        adversarial_loss: str = "least_squares",
        mask_diversity_target: float = 0.5,
        image_diversity_target: float = 0.4,
    ) -> None:
        unknown = sorted(set(weights) - set(TERMS))
        if unknown:
            raise ValueError(f"Unknown loss terms {unknown}; known: {', '.join(TERMS)}.")
        self.weights = {name: weights[name] for name in TERMS if weights.get(name)}
        tap_weights = dict(zip(PERCEPTUAL_TERMS, map(tuple, (style_taps, content_taps, texture_taps)), strict=True))
        active = {term: taps for term, taps in tap_weights.items() if term in self.weights}
        if features is None and active:
            raise ValueError(f"The terms {', '.join(PERCEPTUAL_TERMS)} need a feature network; none was given.")
        if saliency is None and "background" in self.weights:
            raise ValueError("The background term needs a saliency network; none was given.")
        self.features = features
        self.style_taps, self.content_taps, self.texture_taps = tap_weights.values()
        self.sheet = sheet or SheetSettings()
        self.perceptual = None if features is None else PerceptualTerms(features, active, self.sheet)
        self.saliency = saliency
        self.mask_bounds = mask_bounds
        self.border_width = border_width
        self.adversarial_loss = ADVERSARIAL_LOSSES[adversarial_loss]
        self.mask_diversity_target = mask_diversity_target
        self.image_diversity_target = image_diversity_target

    @property
    def needs_reference(self) -> bool:
        """Whether any term compares with a reference image."""
        return bool(REFERENCE_TERMS & set(self.weights))

    def __call__(
        self,
        composite: Composite,
        reference: Any = None,
        fake_scores: Any = None,
        style_targets: Any = None,
        patch_picks: Any = None,
    ) -> dict[str, Any]:
        """Every active term before its weight, by name; in float32, whatever the precision of the networks.

        Args:
            composite: of B images.
            reference: [B, H, W, 3] images to compare with; no gradient flows into them.
            fake_scores: the critic's scores [B] of `composite.image`; for `adversarial`.
            style_targets: a Gram matrix [B, C, C] for each tap of the feature network, for `style`; None: those of
                `reference`.
            patch_picks: int32 [B, grid²] in [0, best), the patches of the reference for `texture`.

        Returns:
            name → [B].

        Raises:
            ValueError: a perceptual term without a reference, or `texture` without picks.
        """
        composite = Composite(*(ops.cast(part, "float32") for part in composite))
        if reference is not None:
            reference = ops.cast(reference, "float32")
        compute: dict[str, Callable[[], Any]] = {
            "adversarial": lambda: self.adversarial_loss.generator(ops.cast(fake_scores, "float32")),
            "binary_entropy": lambda: mask.binary_entropy(composite.mask),
            "mask_size": lambda: mask.size(composite.mask, *self.mask_bounds),
            "mask_border": lambda: mask.border(composite.mask, self.border_width),
            "mask_diversity": lambda: diversity.masks(composite.mask, self.mask_diversity_target),
            "image_diversity": lambda: diversity.images(composite.image, self.image_diversity_target),
            "reconstruction": lambda: reconstruction.l1(composite.image, reference),
            "background": lambda: background.saliency(self.saliency(composite.background)),  # type: ignore[misc]
        }
        # of one call, because the terms share feature maps
        perceptual: dict[str, Any] = {}
        if self.perceptual is not None:
            perceptual = self.perceptual(composite, reference, style_targets, patch_picks)
        return {name: perceptual[name] if name in perceptual else compute[name]() for name in self.weights}

    def total(self, raw: Mapping[str, Any]) -> Any:
        """Σ weight · term, [B]."""
        return sum(self.weights[name] * value for name, value in raw.items())
