"""Counterfactuals of a CGN, drawn as a pure function of (seed, batch index)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.ops.compose import compose
from cgn_tf.ops.ranges import as_uint8
from cgn_tf.types import PREMASK_RANGE, Composite, Triplet

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
        parts, labels = batches(3)  # parts["image"] uint8 [500, 32, 32, 3], Triplet of int32 [500]

    Args:
        cgn: of any scale.
        seed: of all draws.
        shapes: S, masks in a batch.
        per_shape: K, images of each mask; they are consecutive.
        truncation: factor on the noise, and where the mechanisms normalise by one that, too.
        classes: of each factor those that its labels are drawn from; None: all.
        outputs: the parts that are wanted, of image, mask, premask, texture and background.
        same_classes: whether all three factors of an image have the class drawn for the shape: no counterfactuals,
            but images like those that the CGN was trained on.
        texture_noise: further factor on the noise of texture and background; other than 1 only for a CGN that draws
            each its own, and whose mechanisms do not normalise by the size of noise.

    Raises:
        ValueError: such a factor for another CGN.
    """

    def __init__(
        self,
        cgn: CGN,
        seed: int,
        shapes: int,
        per_shape: int,
        truncation: float = 1.0,
        classes: Triplet[tuple[int, ...]] | None = None,
        outputs: Sequence[str] = ("image",),
        same_classes: bool = False,
        texture_noise: float = 1.0,
    ) -> None:
        if texture_noise != 1.0 and (cgn.takes_truncation or cgn.shares_noise):
            raise ValueError(
                f"texture_noise: expected 1, got {texture_noise:g}: this CGN is not one of digits, and its noise is of "
                "one size for all factors; scale it by truncation."
            )
        self.cgn = cgn
        self.seed = seed
        self.shapes = shapes
        self.per_shape = per_shape
        self.truncation = truncation
        self.classes = Triplet.same(tuple(range(cgn.num_classes))) if classes is None else classes
        self.outputs = tuple(outputs)
        self.same_classes = same_classes
        self.texture_noise = texture_noise
        # a tensor for the index and fixed sizes for all else: traced once
        self._compiled = tf.function(self._generate, autograph=False, input_signature=[tf.TensorSpec((), tf.int64)])

    @property
    def batch_size(self) -> int:
        """S·K, the images in a batch."""
        return self.shapes * self.per_shape

    def __call__(self, index: int) -> tuple[dict[str, Any], Triplet[Any]]:
        """The batch of an index from 0 on: `outputs` by name, uint8 [S·K, H, W, 3 or 1], and labels, int32 [S·K]."""
        return self._compiled(tf.constant(index, tf.int64))

    def draws(self, index: Any) -> Draws:
        """Everything random in a batch; works eagerly and in a graph."""

        def key(purpose: int) -> Any:
            # folding keeps the streams of (seed, index) pairs apart, which seed + index would not
            folded = tf.random.experimental.stateless_fold_in(tf.constant([self.seed, purpose], tf.int64), index)
            return tf.cast(folded, tf.int64)

        rows = Triplet(self.shapes, self.batch_size, self.batch_size)
        factors = Triplet(self.truncation, *2 * (self.truncation * self.texture_noise,))
        draw = _NOISES[self.cgn.noise]
        noise = Triplet(
            *(
                factor * draw((count, self.cgn.noise_dim), key(purpose))
                for factor, count, purpose in zip(factors, rows, _NOISE, strict=True)
            )
        )
        if self.cgn.shares_noise:
            repeated = tf.repeat(noise.shape, self.per_shape, axis=0)
            noise = noise._replace(texture=repeated, background=repeated)
        labels: Any = (
            tf.gather(list(choice), tf.random.stateless_uniform((count,), key(purpose), 0, len(choice), tf.int32))
            for count, purpose, choice in zip(rows, _LABELS, self.classes, strict=True)
        )
        labels = Triplet(*labels)
        if self.same_classes:
            repeated = tf.repeat(labels.shape, self.per_shape)
            labels = labels._replace(texture=repeated, background=repeated)
        offsets = (
            tf.random.stateless_uniform((self.batch_size, 2, 2), key(_OFFSETS), 0, self.cgn.image_size, tf.int32)
            if self.cgn.shuffles
            else None
        )
        return Draws(noise, labels, offsets)

    def _generate(self, index: Any) -> tuple[dict[str, Any], Triplet[Any]]:
        noise, labels, offsets = self.draws(index)
        truncation = self.truncation if self.cgn.takes_truncation else None
        # without offsets: the shift below is a gather, which has no deterministic gradient and needs none here
        composite = self.cgn(noise, labels, per_shape=self.per_shape, truncation=truncation)
        if offsets is not None:
            foreground = shifted(composite.foreground, offsets[:, 0])
            background = shifted(composite.background, offsets[:, 1])
            image = compose(composite.mask, foreground, background)
            composite = composite._replace(image=image, foreground=foreground, background=background)
        parts = {name: _PARTS[name](composite) for name in self.outputs}
        return parts, labels._replace(shape=tf.repeat(labels.shape, self.per_shape))


_NOISES = {"normal": tf.random.stateless_normal, "truncated_normal": tf.random.stateless_truncated_normal}


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


def _premask(composite: Composite) -> Any:
    return as_uint8(composite.premask, *((-1.0, 1.0) if composite.premask.shape[-1] == 3 else PREMASK_RANGE))


_PARTS: dict[str, Callable[[Composite], Any]] = {
    "image": lambda composite: as_uint8(composite.image),
    "mask": lambda composite: as_uint8(composite.mask, 0.0, 1.0),
    "premask": _premask,
    "texture": lambda composite: as_uint8(composite.foreground),
    "background": lambda composite: as_uint8(composite.background),
}
