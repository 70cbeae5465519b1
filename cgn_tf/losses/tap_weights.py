"""Weights of the four taps of a feature network, as options give them."""

from __future__ import annotations

from collections.abc import Sequence

from cgn_tf.errors import ConfigError

TAPS = 4
"""Taps of every feature network here."""
STYLE_SCALE = 5000.0
"""The PyTorch reference's factor beside the squared tap weight of a Gram loss."""


def check_tap_weights(name: str, weights: Sequence[float]) -> None:
    """Holds an option to four numbers; ConfigError names the option."""
    if len(weights) != TAPS:
        raise ConfigError(f"`{name}`: expected four numbers, one a tap, got {len(weights)}.")


def weighted_taps(weights: Sequence[float]) -> dict[int, float]:
    """Tap → weight, of the taps whose weight is not 0."""
    return {tap: weight for tap, weight in enumerate(weights) if weight}


def is_on(weights: Sequence[float]) -> float:
    """The weight of a loss that has its weights in its taps: 1 where any of them is not 0, else 0."""
    return float(any(weights))
