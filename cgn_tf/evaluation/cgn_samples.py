"""Images of a CGN to be judged: of all shape classes in equal number, from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cgn_tf.types import Composite, Triplet

_BATCH = 500


def cgn_samples(
    cgn: Any, samples: int, seed: int, *, counterfactual: bool, truncation: float = 1.0
) -> Iterator[tuple[Composite, Triplet[np.ndarray]]]:
    """Draws composites with their labels, int32 [B] each, B at most 500; texture and background shift as in training.

    Args:
        cgn: draws small images from normal noise.
        samples: number of images in all.
        seed: integer seed of noise, labels and shifts.
        counterfactual: independent labels for texture and background; False: those of the shape.
        truncation: factor on the noise.
    """
    random = np.random.default_rng(seed)
    for start in range(0, samples, _BATCH):
        count = min(_BATCH, samples - start)
        shape = ((start + np.arange(count)) % cgn.num_classes).astype(np.int32)
        labels = Triplet.same(shape)
        if counterfactual:
            drawn = random.integers(cgn.num_classes, size=(2, count), dtype=np.int32)
            labels = Triplet(shape, *drawn)
        noise = random.standard_normal((count, cgn.noise_dim), np.float32)
        offsets = random.integers(cgn.image_size, size=(count, 2, 2), dtype=np.int32) if cgn.shuffles else None
        yield cgn(noise, labels, offsets=offsets, truncation=truncation), labels
