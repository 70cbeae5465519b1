"""A weighted sum of some registered losses, from their options."""

from __future__ import annotations

from typing import Any

from cgn_tf.losses.contract import Need
from cgn_tf.losses.registry import LOSSES
from cgn_tf.losses.weighted_sum import WeightedLoss, WeightedSum


def summed(*options: Any, features: Any = None, saliency: Any = None, bank: Any = None) -> WeightedSum:
    """The losses of these options, in the order of the registry; those of weight 0 are left out."""
    given = {type(one): one for one in options}
    parts = [part for part in LOSSES.parts if part.options in given and part.weight(given[part.options])]
    taps: dict[str, frozenset[int]] = {}
    for part in parts:
        for picture, read in part.feature_taps(given[part.options]).items():
            taps[picture] = taps.get(picture, frozenset()) | read
    losses = {}
    for part in parts:
        own = given[part.options]
        losses[part.name] = WeightedLoss(part.weight(own), part.make(own))
    needs = {need for part in parts for need in part.requires(given[part.options])}
    return WeightedSum(
        losses,
        features=features,
        feature_taps=taps,
        saliency=saliency,
        style_reference_bank=bank,
        needs_reference=Need.REFERENCE in needs,
    )
