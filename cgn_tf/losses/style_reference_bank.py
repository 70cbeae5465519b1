"""Fixed targets of the style loss, so that the feature network need not read a reference image at every step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cgn_tf.losses.inputs import Features
from cgn_tf.ops.gram import gram


class StyleReferenceBank:
    """Gram matrices of a pool of real images of each class; a generated image is compared with one of its class.

    Not the same loss as with the Gram matrices of the batch's real images: a run sees `pool_size` references of a
    class and no others.

    Args:
        features: frozen feature network, with `taps`, images [B, H, W, 3] → list of feature maps.
        pools: [num_classes, pool_size, H, W, 3] images in [-1, 1].

    Raises:
        ValueError: `pools` of another rank, or empty.
    """

    def __init__(self, features: Features, pools: np.ndarray) -> None:
        if pools.ndim != 5 or not pools.size:
            raise ValueError(f"pools: expected [num_classes, pool_size, H, W, 3], got {pools.shape}.")
        self.taps = list(features.taps)
        self.num_classes, self.pool_size = pools.shape[:2]
        by_class = [[ops.convert_to_numpy(gram(tap)) for tap in features(pool)] for pool in pools]
        # variables, so that every device has them at hand
        self.grams = [
            keras.Variable(np.concatenate(tap), trainable=False, dtype="float32", name=f"style_reference_bank_{i}")
            for i, tap in enumerate(zip(*by_class, strict=True))
        ]

    def targets(self, labels: Any, indices: Any) -> dict[int, Any]:
        """Labels int32 [B] and indices in [0, pool_size), int32 [B] → tap → the Gram matrix [B, C, C]."""
        rows = labels * self.pool_size + indices
        return {tap: ops.take(grams, rows, axis=0) for tap, grams in zip(self.taps, self.grams, strict=True)}
