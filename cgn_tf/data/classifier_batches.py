"""Batches for a digit classifier: original images, counterfactuals, or both; a pure function of (seed, step)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import tensorflow as tf

from cgn_tf.data.random_affine import RandomAffine
from cgn_tf.data.shuffled_walk import shuffled_walk
from cgn_tf.types import Triplet


class LabelledImages(Protocol):
    """Images with three labels each: `DigitData`, or `StoredImages`."""

    def __len__(self) -> int:
        """The number of images."""

    def batch(self, step: Any, batch_size: int) -> dict[str, Any]:
        """`image` float32 [B, 32, 32, 3] in [-1, 1], `labels` Triplet of int32 [B], and perhaps `environment`."""

    def ordered(self, batch_size: int) -> tf.data.Dataset:
        """Every image once, in its order; batches as above."""


class StoredImages:
    """Images in memory as 8 bits, in an order that is shuffled anew each epoch.

    Args:
        images: uint8 [N, H, W, 3]; at least one.
        labels: int [N] each.
        seed: of the order.

    Raises:
        ValueError: images of another type, none, or not one label of each factor for an image.
    """

    def __init__(self, images: np.ndarray, labels: Triplet[np.ndarray], seed: int) -> None:
        if images.ndim != 4 or images.dtype != np.uint8 or not len(images):
            raise ValueError(f"images: expected uint8 [N, H, W, 3], got {images.dtype} {list(images.shape)}.")
        if any(factor.shape != images.shape[:1] for factor in labels):
            raise ValueError(
                f"labels: expected {len(images)} of each factor, got {[len(factor) for factor in labels]}."
            )
        self.seed = seed
        self._size = len(images)
        # On the CPU, where tf.data runs: captured from a GPU they would be copied for every batch.
        with tf.device("CPU:0"):
            self._images = tf.constant(images)
            self._labels = Triplet(*(tf.constant(factor, tf.int32) for factor in labels))

    def __len__(self) -> int:
        """The number of images."""
        return self._size

    def batch(self, step: Any, batch_size: int) -> dict[str, Any]:
        """The batch of a step, int64 [] from 0 on; works eagerly and inside tf.data."""
        positions = tf.cast(step, tf.int64) * batch_size + tf.range(batch_size, dtype=tf.int64)
        return self._at(shuffled_walk(positions, self._size, self.seed))

    def ordered(self, batch_size: int) -> tf.data.Dataset:
        """Every image once, in order; the last batch may be smaller."""
        starts = tf.data.Dataset.range(0, self._size, batch_size)
        return starts.map(lambda start: self._at(tf.range(start, tf.minimum(start + batch_size, self._size))))

    def _at(self, indices: Any) -> dict[str, Any]:
        images = tf.cast(tf.gather(self._images, indices), tf.float32) / 127.5 - 1.0
        return {"image": images, "labels": Triplet(*(tf.gather(factor, indices) for factor in self._labels))}


class Part(NamedTuple):
    """So many images of each batch come from one source."""

    source: LabelledImages
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
        for batch in batches:
            batch["label"] = getattr(batch.pop("labels"), self.factor)
        found = batches[0]
        if len(batches) > 1:
            found = {name: tf.concat([batch[name] for batch in batches], axis=0) for name in ("image", "label")}
        return found if self.warp is None else found | {"image": self.warp(found["image"], step)}
