"""What losses read of one step: computed when a loss first asks for it, and once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from keras import ops

from cgn_tf.types import Composite


class Features(Protocol):
    """A frozen network such as `cgn_tf.models.networks.features.FeatureNetwork`."""

    taps: Sequence[int]
    """The taps that the network has, in the order in which it returns them."""

    def __call__(self, images: Any, taps: Sequence[int] | None = None) -> Sequence[Any]:
        """Images [B, H, W, 3] → one feature map [B, h, w, C] for each of `taps`, or of all."""


class LossInputs:
    """A batch of generated images with everything that they are compared with, in float32.

    Args:
        composite: of B images.
        reference: [B, H, W, 3] images to compare with; no gradient flows into their feature maps.
        labels: int [B], of the generated images.
        fake_scores: the discriminator's scores [B] of `composite.image`.
        patch_indices: int32 [B, patches], ranks of the patches of the reference that the texture loss takes.
        style_reference_grams: tap → Gram matrices [B, C, C] of fixed real images.
        features: frozen feature network.
        feature_taps: picture → taps that any loss reads of it; they are computed in one pass.
        saliency: images [B, H, W, 3] → saliency [B, H, W, 1] in [0, 1].

    Raises:
        ValueError: from the attributes: a loss asks for what was not given.
    """

    def __init__(
        self,
        composite: Composite,
        *,
        reference: Any = None,
        labels: Any = None,
        fake_scores: Any = None,
        patch_indices: Any = None,
        style_reference_grams: Mapping[int, Any] | None = None,
        features: Features | None = None,
        feature_taps: Mapping[str, frozenset[int]] | None = None,
        saliency: Callable[[Any], Any] | None = None,
    ) -> None:
        self.composite = Composite(*(ops.cast(part, "float32") for part in composite))
        self._reference = None if reference is None else ops.cast(reference, "float32")
        self._labels = labels
        self._fake_scores = None if fake_scores is None else ops.cast(fake_scores, "float32")
        self._patch_indices = patch_indices
        self._style_reference_grams = style_reference_grams
        self._features = features
        self._feature_taps = feature_taps or {}
        self._saliency = saliency
        self._maps: dict[str, dict[int, Any]] = {}

    @property
    def reference(self) -> Any:
        """The images to compare with, [B, H, W, 3]."""
        return _given(self._reference, "reference", "images to compare with")

    @property
    def labels(self) -> Any:
        """The labels of the generated images, int [B]."""
        return _given(self._labels, "labels", "the labels of the generated images")

    @property
    def fake_scores(self) -> Any:
        """The discriminator's scores of the generated images, [B]."""
        return _given(self._fake_scores, "fake_scores", "the scores of a discriminator")

    @property
    def patch_indices(self) -> Any:
        """Ranks of patches, int32 [B, patches]."""
        return _given(self._patch_indices, "patch_indices", "int32 [B, patches] for the texture loss")

    @property
    def style_reference_grams(self) -> Mapping[int, Any]:
        """Tap → Gram matrices of fixed real images, [B, C, C]."""
        grams: Mapping[int, Any] = _given(self._style_reference_grams, "style_reference_grams", "Gram matrices")
        return grams

    @property
    def background_saliency(self) -> Any:
        """What the saliency network finds in the background, [B, H, W, 1]."""
        return _given(self._saliency, "saliency", "a network that finds objects")(self.composite.background)

    def feature_maps(self, picture: str) -> dict[int, Any]:
        """Tap → feature map of "image" or "reference", float32 [B, h, w, C]: of all taps that any loss reads."""
        if picture not in self._maps:
            pictures = {"image": lambda: self.composite.image, "reference": lambda: self.reference}
            if picture not in pictures:
                raise ValueError(f"picture: expected one of {', '.join(pictures)}, got {picture!r}.")
            maps = self.features_of(pictures[picture](), sorted(self._feature_taps.get(picture, ())))
            if picture == "reference":
                maps = {tap: ops.stop_gradient(feature_map) for tap, feature_map in maps.items()}
            self._maps[picture] = maps
        return self._maps[picture]

    def features_of(self, images: Any, taps: Sequence[int]) -> dict[int, Any]:
        """Tap → feature map of other images [B, H, W, 3], float32 [B, h, w, C]; computed anew at each call."""
        network = _given(self._features, "features", "a feature network")
        maps = network(images, taps=list(taps)) if taps else []
        return {tap: ops.cast(feature_map, "float32") for tap, feature_map in zip(taps, maps, strict=True)}


def _given(value: Any, name: str, what: str) -> Any:
    if value is None:
        raise ValueError(f"{name}: expected {what}, got None.")
    return value
