"""Counterfactuals of a digit CGN, drawn as a pure function of (seed, batch index)."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf.data.digits import IMAGE_SIZE
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN
from cgn_tf.ops.compose import compose
from cgn_tf.types import Triplet

# One stream a purpose, so that no two draws share their numbers; training and real data draw from those below 200.
_NOISE, _LABELS, _OFFSETS = Triplet(200, 201, 202), Triplet(203, 204, 205), 206


class Draws(NamedTuple):
    """What a CGN is called with for one batch: S shapes, and K textures and backgrounds for each.

    Attributes:
        noise: float32 [S, d] for the shape, [S·K, d] for texture and background.
        labels: int32 [S] for the shape, [S·K] for texture and background; uniform and independent.
        offsets: int32 [S·K, 2, 2], circular shifts of texture and background; None for a CGN without a shuffler.
    """

    noise: Triplet[Any]
    labels: Triplet[Any]
    offsets: Any


class Counterfactuals:
    """Batches of counterfactuals: one mask, then K redraws of texture and background for it.

    Source: Sauer & Geiger 2021, section 3 and appendix. Batch `index` depends on (seed, index) and the sizes alone.

    Example:
        batches = Counterfactuals(cgn, seed=0, shapes=50, per_shape=10)
        images, labels = batches(3)  # uint8 [500, 32, 32, 3], Triplet of int32 [500]

    Args:
        cgn: a digit CGN.
        seed: of all draws.
        shapes: S, masks in a batch.
        per_shape: K, images of each mask; they are consecutive.
        truncation: factor on the noise.
    """

    def __init__(self, cgn: CGN, seed: int, shapes: int, per_shape: int, truncation: float = 1.0) -> None:
        self.cgn = cgn
        self.seed = seed
        self.shapes = shapes
        self.per_shape = per_shape
        self.truncation = truncation
        # a tensor for the index and fixed sizes for all else: traced once
        self._compiled = tf.function(self._generate, autograph=False, input_signature=[tf.TensorSpec((), tf.int64)])

    @property
    def batch_size(self) -> int:
        """S·K, the images in a batch."""
        return self.shapes * self.per_shape

    def __call__(self, index: int) -> tuple[Any, Triplet[Any]]:
        """The batch of an index from 0 on: images uint8 [S·K, H, W, 3], and their labels, int32 [S·K] each.

        Raises:
            CommandError: the CGN makes images of another size.
        """
        return self._compiled(tf.constant(index, tf.int64))

    def draws(self, index: Any) -> Draws:
        """Everything random in a batch; works eagerly and in a graph."""

        def key(purpose: int) -> Any:
            # folding keeps the streams of (seed, index) pairs apart, which seed + index would not
            folded = tf.random.experimental.stateless_fold_in(tf.constant([self.seed, purpose], tf.int64), index)
            return tf.cast(folded, tf.int64)

        rows = Triplet(self.shapes, self.batch_size, self.batch_size)
        noise = (
            self.truncation * tf.random.stateless_normal((count, self.cgn.noise_dim), key(purpose))
            for count, purpose in zip(rows, _NOISE, strict=True)
        )
        labels = (
            tf.random.stateless_uniform((count,), key(purpose), 0, self.cgn.num_classes, tf.int32)
            for count, purpose in zip(rows, _LABELS, strict=True)
        )
        offsets = (
            tf.random.stateless_uniform((self.batch_size, 2, 2), key(_OFFSETS), 0, IMAGE_SIZE, tf.int32)
            if self.cgn.shuffles
            else None
        )
        return Draws(Triplet(*noise), Triplet(*labels), offsets)

    def _generate(self, index: Any) -> tuple[Any, Triplet[Any]]:
        noise, labels, offsets = self.draws(index)
        # without offsets: the shift below is a gather, which has no deterministic gradient and needs none here
        composite = self.cgn(noise, labels, per_shape=self.per_shape)
        image = composite.image
        if image.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE, 3):
            raise CommandError(
                f"expected a digit CGN, whose images are {IMAGE_SIZE}×{IMAGE_SIZE}×3, got images of "
                f"{'×'.join(map(str, image.shape[1:]))}."
            )
        if offsets is not None:
            foreground = shifted(composite.foreground, offsets[:, 0])
            image = compose(composite.mask, foreground, shifted(composite.background, offsets[:, 1]))
        return as_uint8(image), labels._replace(shape=tf.repeat(labels.shape, self.per_shape))


def shifted(images: Any, offsets: Any) -> Any:
    """The same values as `cgn_tf.ops.shift.circular_shift`, by a gather: a third of the time on a CPU.

    Args:
        images: [B, H, W, C], B known.
        offsets: int [B, 2], (dy, dx) in pixels.
    """
    count, height, width, channels = images.shape
    rows = (tf.range(height)[None] + offsets[:, :1]) % height
    columns = (tf.range(width)[None] + offsets[:, 1:]) % width
    pixels = (tf.range(count)[:, None, None] * height + rows[:, :, None]) * width + columns[:, None]  # [B, H, W]
    return tf.gather(tf.reshape(images, (-1, channels)), pixels)


def as_uint8(images: Any) -> Any:
    """[-1, 1] → uint8 as `cgn_tf.render.grid.to_uint8` does, half to even, inside a graph."""
    return tf.cast(tf.round(tf.clip_by_value((images + 1.0) / 2.0, 0.0, 1.0) * 255.0), tf.uint8)
