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
    flat = _normalised(features)
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat)


@ops.custom_gradient
def gram_distance(features: Any, reference_gram: Any) -> Any:
    """`mean |gram(features) − reference_gram|` of each image, [B].

    The gradient uses that both matrices are symmetric: one product of the features with the signs of the differences,
    where differentiating the product of a matrix with itself takes two and several passes over [B, C, C].

    Args:
        features: [B, H, W, C].
        reference_gram: [B, C, C], symmetric; no gradient flows into it.
    """
    flat = _normalised(features)
    channels = flat.shape[2]
    difference = ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) - reference_gram

    def gradient(*args: Any, upstream: Any = None) -> tuple[Any, Any]:
        (upstream,) = args if upstream is None else (upstream,)
        # d flat / d features is entries^-1/2; 2 for the two sides of the product
        factor = 2.0 * _entries(features) ** -0.5 / channels**2
        slope = ops.matmul(flat * (factor * upstream[:, None, None]), ops.sign(difference))
        return ops.reshape(slope, ops.shape(features)), ops.zeros_like(reference_gram)

    return ops.mean(ops.abs(difference), axis=(1, 2)), gradient


def _normalised(features: Any) -> Any:
    """[B, H, W, C] → [B, H·W, C], divided by the root of the number of entries of an image."""
    height, width, channels = features.shape[1:]
    return ops.reshape(features * _entries(features) ** -0.5, (-1, height * width, channels))


def _entries(features: Any) -> int:
    height, width, channels = features.shape[1:]
    return int(height * width * channels)
