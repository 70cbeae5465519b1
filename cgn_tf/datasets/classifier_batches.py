"""Batches for a digit classifier: original images, counterfactuals, or both; a pure function of (seed, step)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf.datasets.contract import ImageDataset
from cgn_tf.datasets.random_affine import RandomAffine
from cgn_tf.types import Triplet


class Part(NamedTuple):
    """So many images of each batch come from one source."""

    source: ImageDataset
    per_batch: int


class ClassifierBatches:
    """Batches of one or several sources, with one factor as the label.

    Args:
        parts: which follow one another in each batch.
        factor: "shape", "texture" or "background": the label; a classifier becomes invariant to what varies beside it.
        warp: what becomes of the images of a step; None: nothing.

    Raises:
        ValueError: no part, one without images, or an unknown factor.
    """

    def __init__(self, parts: Sequence[Part], factor: str = "shape", warp: RandomAffine | None = None) -> None:
        if not parts or any(part.per_batch < 1 for part in parts):
            raise ValueError(f"parts: expected at least one image of each, got {[part.per_batch for part in parts]}.")
        if factor not in Triplet._fields:
            raise ValueError(f"factor: expected one of {', '.join(Triplet._fields)}, got {factor!r}.")
        self.parts = tuple(parts)
        self.factor = factor
        self.warp = warp

    def __len__(self) -> int:
        """The number of different images."""
        return sum(len(part.source) for part in self.parts)

    @property
    def batch_size(self) -> int:
        """Images in a batch."""
        return sum(part.per_batch for part in self.parts)

    def batch(self, step: Any) -> dict[str, Any]:
        """The batch of a step, int64 [] from 0 on.

        Returns:
            `image` float32 [B, 32, 32, 3] in [-1, 1], `label` int32 [B], and of one source with environments
            `environment` int32 [B].
        """
        batches = [part.source.batch(step, part.per_batch) for part in self.parts]
        images = tf.concat([batch.image for batch in batches], axis=0)
        labels = tf.concat([getattr(batch.labels, self.factor) for batch in batches], axis=0)
        found = {"image": images if self.warp is None else self.warp(images, step), "label": labels}
        environment = batches[0].environment
        return found if len(batches) > 1 or environment is None else found | {"environment": environment}
