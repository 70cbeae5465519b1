"""Digits of one variant, a pure function of (seed, step)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.contract import LabelledBatch
from cgn_tf.datasets.digits.sources import IMAGE_SIZE, NUM_CLASSES, Digits
from cgn_tf.datasets.digits.variant import Variant
from cgn_tf.datasets.epoch_shuffle import epoch_shuffle
from cgn_tf.datasets.in_order import in_order
from cgn_tf.random_streams import Stream, stream_key
from cgn_tf.types import Triplet


class _Streams(NamedTuple):
    """The streams that a kind of batch is drawn from; only training images follow their class by chance."""

    texture: Stream
    background: Stream
    appearance: Stream
    ties: Stream | None = None


_TRAIN = _Streams(Stream.DIGIT_TEXTURE, Stream.DIGIT_BACKGROUND, Stream.DIGIT_APPEARANCE, Stream.DIGIT_TIES)
_ORDERED_TRAIN = _Streams(
    Stream.ORDERED_DIGIT_TEXTURE,
    Stream.ORDERED_DIGIT_BACKGROUND,
    Stream.ORDERED_DIGIT_APPEARANCE,
    Stream.ORDERED_DIGIT_TIES,
)
_TEST = _Streams(Stream.TEST_DIGIT_TEXTURE, Stream.TEST_DIGIT_BACKGROUND, Stream.TEST_DIGIT_APPEARANCE)
_ORDERED_TEST = _Streams(
    Stream.ORDERED_TEST_DIGIT_TEXTURE, Stream.ORDERED_TEST_DIGIT_BACKGROUND, Stream.ORDERED_TEST_DIGIT_APPEARANCE
)


class DigitDataset:
    """Images of one split, dressed as one variant: an `ImageDataset`.

    In the training split all three labels of an image are its class: colour and texture give it away. In a test split
    the labels of texture and background are drawn uniformly and independently (Sauer & Geiger 2021, section 4.1).

    The order is shuffled anew each epoch, in which every image comes exactly once; a batch may reach into the next one.

    Example:
        >>> data = DigitDataset(Colored(), load_digits("sklearn", "train"), split_is_test=False, seed=0)
        >>> batch = data.batch(100, batch_size=16)
        >>> batch.image.shape, batch.labels.shape.shape
        (TensorShape([16, 32, 32, 3]), TensorShape([16]))

    Args:
        variant: how the digits are dressed.
        digits: the split's images; at least one.
        split_is_test: whether texture and background are independent of the class.
        seed: integer seed of the order, the labels and the appearance.
        environments: for the training split, probabilities: image i of a batch belongs to environment i mod E, in which
            texture and background follow its class with that probability, and else are drawn as in a test split. None
            of them: texture and background always follow, and batches have no `environment`.

    Raises:
        ValueError: digits of another shape, or environments of a test split.
    """

    num_classes = NUM_CLASSES
    image_size = IMAGE_SIZE
    class_names = ()

    def __init__(
        self,
        variant: Variant,
        digits: Digits,
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
        self._size = len(images)
        # On the CPU, where tf.data runs: captured from a GPU they would be copied for every batch.
        with tf.device("CPU:0"):
            self._images = tf.constant(images)
            self._labels = tf.constant(labels, tf.int32)

    def __len__(self) -> int:
        """The number of images."""
        return self._size

    def batch(self, step: Any, batch_size: int) -> LabelledBatch:
        """The batch of a step; see `Dataset.batch`."""
        step = tf.cast(step, tf.int64)
        streams = _TEST if self.split_is_test else _TRAIN
        positions = step * batch_size + tf.range(batch_size, dtype=tf.int64)
        indices = epoch_shuffle(positions, self._size, self.seed)
        labels = self._factors(tf.gather(self._labels, indices), batch_size, step, streams)
        draws = self.variant.draws(batch_size, stream_key(self.seed, streams.appearance, step))
        return self._rendered(indices, labels, draws, self._environment(batch_size) if self.environments else None)

    def ordered(self, batch_size: int) -> tf.data.Dataset:
        """Every image once; see `ImageDataset.ordered`.

        Labels and appearance of an image depend on the seed alone: not on the batch size, and not on `batch`.
        """
        streams = _ORDERED_TEST if self.split_is_test else _ORDERED_TRAIN
        with tf.device("CPU:0"):
            labels = self._factors(self._labels, self._size, 0, streams)
            draws = self.variant.draws(self._size, stream_key(self.seed, streams.appearance, 0))

        def at(indices: Any) -> LabelledBatch:
            own_labels = Triplet(*(tf.gather(factor, indices) for factor in labels))
            return self._rendered(indices, own_labels, tf.gather(draws, indices))

        return in_order(at, self._size, batch_size)

    def _rendered(self, indices: Any, labels: Triplet[Any], draws: Any, environment: Any = None) -> LabelledBatch:
        image = self.variant.render(tf.gather(self._images, indices), labels, draws)
        return LabelledBatch(labels, image, environment)

    def _factors(self, classes: Any, count: int, step: Any, streams: _Streams) -> Triplet[Any]:
        """The labels of `count` images of known classes, int32 [count] each."""
        if not self.split_is_test and not self.environments:
            return Triplet.same(classes)
        texture, background = (
            tf.random.stateless_uniform((count,), stream_key(self.seed, stream, step), 0, NUM_CLASSES, tf.int32)
            for stream in (streams.texture, streams.background)
        )
        if streams.ties is None:
            return Triplet(classes, texture, background)
        probabilities = tf.gather(tf.constant(self.environments, tf.float32), self._environment(count))
        tied = tf.random.stateless_uniform((count,), stream_key(self.seed, streams.ties, step)) < probabilities
        return Triplet(classes, tf.where(tied, classes, texture), tf.where(tied, classes, background))

    def _environment(self, count: int) -> Any:
        """The environment of each of `count` images, int32 [count]."""
        return tf.range(count) % len(self.environments)
