"""How far masks have decided, as logs of a training step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cgn_tf.types import DECIDED_WITHIN

MASK_LOGS = ("mask/mean", "mask/near_0", "mask/near_1")


def mask_statistics(mask: Any, mean: Callable[[Any], Any]) -> dict[str, Any]:
    """Mean of the masks, and shares of their pixels within 0.1 of 0 and of 1.

    Args:
        mask: [B, H, W, 1].
        mean: per-example values [B] → this replica's share of the global mean.

    Returns:
        `MASK_LOGS` → scalar.
    """
    pixels = tf.reshape(mask, (tf.shape(mask)[0], -1))
    shares = (
        pixels,
        tf.cast(pixels < DECIDED_WITHIN, pixels.dtype),
        tf.cast(pixels > 1.0 - DECIDED_WITHIN, pixels.dtype),
    )
    return {name: mean(tf.reduce_mean(share, axis=1)) for name, share in zip(MASK_LOGS, shares, strict=True)}
