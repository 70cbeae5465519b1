"""Gram matrices of feature maps (Gatys et al. 2016)."""

from __future__ import annotations

from typing import Any

from keras import ops


def gram(features: Any) -> Any:
    """Channel correlations, divided by the number of entries of the feature map.

    Args:
        features: [B, H, W, C].

    Returns:
        F·Fᵀ / (C·H·W), [B, C, C].
    """
    height, width, channels = features.shape[1:]
    flat = ops.reshape(features, (-1, height * width, channels))
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / (channels * height * width)
