"""Digits of one variant as tf.data, a pure function of (seed, step)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.data.digits import IMAGE_SIZE, NUM_CLASSES, Digits
from cgn_tf.data.shuffled_walk import shuffled_walk
from cgn_tf.data.textures import Textures
from cgn_tf.data.variants import digit_variant
from cgn_tf.types import Triplet

# One stream a purpose, so that no two draws share their numbers; training draws from the streams below 100.
_TEXTURE, _BACKGROUND, _APPEARANCE, _TIED = 100, 101, 102, 103
_ORDERED = 10
_TEST = 20


class DigitData:
    """Images of one split, dressed as one variant.

    In the training split all three labels of an image are its class: colour and texture give it away. In a test split
    the labels of texture and background are drawn uniformly and independently (Sauer & Geiger 2021, section 4.1).

    Batches walk through the images in an order that is shuffled anew each epoch; a batch may reach into the next epoch,
    and every image comes exactly once in each. Batch `step` depends on (seed, step, batch size) alone, so a run that
    resumes at a step needs no state of the pipeline.

    Example:
        data = DigitData("colored", load_digits("sklearn", "train"), None, split_is_test=False, seed=0)
        for batch in data.dataset(batch_size=16, start_step=100, steps=50):
            batch["image"]           # float32 [16, 32, 32, 3] in [-1, 1]
            batch["labels"].shape    # int32 [16]

    Args:
        variant: "colored", "double_colored" or "wildlife".
        digits: the split's images; at least one.
        textures: for wildlife; None for the others.
        split_is_test: whether texture and background are independent of the class.
        seed: of the order, the labels and the appearance.
        environments: for the training split, probabilities: image i of a batch belongs to environment i mod E, in which
            texture and background follow its class with that probability, and else are drawn as in a test split. A
            batch then also has `environment`, int32 [B]. None of them: texture and background always follow.

    Raises:
        ValueError: an unknown variant, wildlife without textures, digits of another shape, or environments of a test
            split.
    """

    def __init__(
        self,
        variant: str,
        digits: Digits,
        textures: Textures | None,
        *,
        split_is_test: bool,
        seed: int,
        environments: Sequence[float] = (),
    ) -> None:
        images, labels = digits
        if images.ndim != 3 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or images.dtype != np.uint8:
            raise ValueError(
                f"digits: expected images uint8 [N, {IMAGE_SIZE}, {IMAGE_SIZE}], got {images.dtype} {images.shape}."
            )
        if labels.shape != images.shape[:1] or not len(labels):
            raise ValueError(f"digits: expected one label an image, got {labels.shape} for {len(images)} images.")
        if environments and split_is_test:
            raise ValueError(f"environments: expected none of a test split, got {tuple(environments)}.")
        self.variant = variant
        self.environments = tuple(environments)
        self.split_is_test = split_is_test
        self.seed = seed
        self._renderer = digit_variant(variant, textures)
        self._size = len(images)
        # On the CPU, where tf.data runs: captured from a GPU they would be copied for every batch.
        with tf.device("CPU:0"):
            self._images = tf.constant(images)
            self._labels = tf.constant(labels, tf.int32)

    def __len__(self) -> int:
        """The number of images."""
        return self._size

    def batch(self, step: Any, batch_size: int) -> dict[str, Any]:
        """The batch of a step; works eagerly and inside tf.data.

        Args:
            step: int64 [], from 0 on.
            batch_size: number of images.

        Returns:
            `image`: float32 [B, 32, 32, 3] in [-1, 1]; `labels`: Triplet of int32 [B]; with environments `environment`.
        """
        step = tf.cast(step, tf.int64)
        positions = step * batch_size + tf.range(batch_size, dtype=tf.int64)
        indices = shuffled_walk(positions, self._size, self.seed)
        labels = self._triplet(tf.gather(self._labels, indices), batch_size, step, 0)
        draws = self._renderer.draws(batch_size, self._key(_APPEARANCE, step))
        batch = self._rendered(indices, labels, draws)
        if self.environments:
            batch["environment"] = self._environment(batch_size)
        return batch

    def dataset(self, batch_size: int, start_step: int = 0, steps: int | None = None) -> tf.data.Dataset:
        """The batches from `start_step` on, as `batch` gives them: `steps` of them, or without end.

        Raises:
            ValueError: a batch size below 1, or a negative step.
        """
        _check_batch_size(batch_size)
        if start_step < 0 or (steps is not None and steps < 0):
            raise ValueError(f"expected start_step and steps of at least 0, got {start_step} and {steps}.")
        stop = tf.int64.max if steps is None else start_step + steps
        numbers = tf.data.Dataset.range(start_step, stop)
        batches = numbers.map(
            lambda step: self.batch(step, batch_size), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        return batches.prefetch(tf.data.AUTOTUNE)

    def ordered(self, batch_size: int) -> tf.data.Dataset:
        """Every image once, in the order of the split, for evaluation; the last batch may be smaller.

        Labels and appearance of an image depend on the seed alone: not on the batch size, and not on `batch`.

        Raises:
            ValueError: a batch size below 1.
        """
        _check_batch_size(batch_size)
        size = len(self)
        with tf.device("CPU:0"):
            labels = self._triplet(self._labels, size, 0, _ORDERED)
            draws = self._renderer.draws(size, self._key(_APPEARANCE + _ORDERED, 0))

        def images_from(start: Any) -> dict[str, Any]:
            indices = tf.range(start, tf.minimum(start + batch_size, size))
            own_labels = Triplet(*(tf.gather(factor, indices) for factor in labels))
            return self._rendered(indices, own_labels, tf.gather(draws, indices))

        starts = tf.data.Dataset.range(0, size, batch_size)
        batches = starts.map(images_from, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return batches.prefetch(tf.data.AUTOTUNE)

    def pools(self, size: int) -> np.ndarray:
        """The first `size` images of each class as `ordered` gives them, float32 [classes, size, 32, 32, 3].

        Raises:
            ValueError: a class has fewer.
        """
        found: list[list[np.ndarray]] = [[] for _ in range(NUM_CLASSES)]
        for batch in self.ordered(1_000).as_numpy_iterator():
            for image, label in zip(batch["image"], batch["labels"].shape, strict=True):
                if len(found[label]) < size:
                    found[label].append(image)
            if all(len(pool) == size for pool in found):
                return np.array(found)
        raise ValueError(f"size: expected at most {min(map(len, found))} images of each class, got {size}.")

    def _rendered(self, indices: Any, labels: Triplet[Any], draws: Any) -> dict[str, Any]:
        image = self._renderer.render(tf.gather(self._images, indices), labels, draws)
        return {"image": image, "labels": labels}

    def _triplet(self, classes: Any, count: int, step: Any, stream: int) -> Triplet[Any]:
        """The labels of `count` images of known classes, int32 [count] each."""
        if not self.split_is_test and not self.environments:
            return Triplet.same(classes)
        texture, background = (
            tf.random.stateless_uniform((count,), self._key(purpose + stream, step), 0, NUM_CLASSES, tf.int32)
            for purpose in (_TEXTURE, _BACKGROUND)
        )
        if not self.environments:
            return Triplet(classes, texture, background)
        ties = tf.gather(tf.constant(self.environments, tf.float32), self._environment(count))
        tied = tf.random.stateless_uniform((count,), self._key(_TIED + stream, step)) < ties
        return Triplet(classes, tf.where(tied, classes, texture), tf.where(tied, classes, background))

    def _environment(self, count: int) -> Any:
        """The environment of each of `count` images, int32 [count]."""
        return tf.range(count) % len(self.environments)

    def _key(self, purpose: int, step: Any) -> Any:
        """The key of one purpose's draws at one step, int64 [2]."""
        stream = purpose + (_TEST if self.split_is_test else 0)
        key = tf.random.experimental.stateless_fold_in(tf.constant([self.seed, stream], tf.int64), step)
        return tf.cast(key, tf.int64)


def _check_batch_size(batch_size: int) -> None:
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}.")
