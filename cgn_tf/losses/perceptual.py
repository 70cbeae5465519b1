"""Perceptual losses on the taps of a frozen feature network (Johnson et al. 2016, as used by CGN's L_rec)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

from cgn_tf.ops.gram import gram_distance

STYLE_SCALE = 5000.0
"""The PyTorch reference's factor beside the squared tap weight."""


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
