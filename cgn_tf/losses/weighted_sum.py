"""The weighted sum of losses that trains the mechanisms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cgn_tf.losses.contract import Loss
from cgn_tf.losses.inputs import Features, LossInputs
from cgn_tf.losses.style_reference_bank import StyleReferenceBank
from cgn_tf.types import Composite


class WeightedLoss(NamedTuple):
    """A loss and the factor on it, which is not 0."""

    weight: float
    loss: Loss


class WeightedSum:
    """Σ weight · loss over named losses, with the frozen networks that the losses share.

    Args:
        losses: name → (weight, loss), in the order in which the losses are computed.
        features: frozen feature network.
        feature_taps: picture → taps that any of the losses reads of it.
        saliency: images [B, H, W, 3] → saliency [B, H, W, 1].
        style_reference_bank: of fixed real images.
        needs_reference: whether any loss compares with a reference image.

    Raises:
        ValueError: a weight of 0.
    """

    def __init__(
        self,
        losses: Mapping[str, WeightedLoss],
        *,
        features: Features | None = None,
        feature_taps: Mapping[str, frozenset[int]] | None = None,
        saliency: Callable[[Any], Any] | None = None,
        style_reference_bank: StyleReferenceBank | None = None,
        needs_reference: bool = False,
    ) -> None:
        zero = [name for name, (weight, _) in losses.items() if not weight]
        if zero:
            raise ValueError(f"losses: expected weights other than 0, got 0 for {', '.join(zero)}.")
        self.losses = dict(losses)
        self.features = features
        self.feature_taps = dict(feature_taps or {})
        self.saliency = saliency
        self.style_reference_bank = style_reference_bank
        self.needs_reference = needs_reference

    @property
    def weights(self) -> dict[str, float]:
        """Name → weight."""
        return {name: weight for name, (weight, _) in self.losses.items()}

    def inputs(
        self,
        composite: Composite,
        *,
        labels: Any = None,
        reference: Any = None,
        fake_scores: Any = None,
        patch_indices: Any = None,
        style_reference_indices: Any = None,
    ) -> LossInputs:
        """What the losses read of a batch; see `LossInputs`.

        `style_reference_indices`, int32 [B] in [0, pool_size), choose the Gram matrices of the bank.
        """
        bank = self.style_reference_bank
        return LossInputs(
            composite,
            reference=reference,
            labels=labels,
            fake_scores=fake_scores,
            patch_indices=patch_indices,
            style_reference_grams=None if bank is None else bank.targets(labels, style_reference_indices),
            features=self.features,
            feature_taps=self.feature_taps,
            saliency=self.saliency,
        )

    def __call__(self, inputs: LossInputs) -> dict[str, Any]:
        """Every loss before its weight: name → float32 [B]."""
        return {name: loss(inputs) for name, (_, loss) in self.losses.items()}

    def total(self, raw: Mapping[str, Any]) -> Any:
        """Σ weight · loss of what a call gave, [B]."""
        return sum(self.losses[name].weight * value for name, value in raw.items())
