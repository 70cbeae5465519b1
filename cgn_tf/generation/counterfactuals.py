"""Counterfactuals of a CGN, drawn as a pure function of (seed, batch index)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf import keras_settings
from cgn_tf.models.cgn import CGN
from cgn_tf.ops.clipping import as_uint8
from cgn_tf.random_streams import Stream, draw_noise, stream_key
from cgn_tf.types import PREMASK_RANGE, Triplet

_NOISE = Triplet(
    Stream.COUNTERFACTUAL_SHAPE_NOISE, Stream.COUNTERFACTUAL_TEXTURE_NOISE, Stream.COUNTERFACTUAL_BACKGROUND_NOISE
)
_LABELS = Triplet(
    Stream.COUNTERFACTUAL_SHAPE_LABEL, Stream.COUNTERFACTUAL_TEXTURE_LABEL, Stream.COUNTERFACTUAL_BACKGROUND_LABEL
)


class Draws(NamedTuple):
    """What a CGN is called with for one batch: S shapes, and K textures and backgrounds for each.

    Attributes:
        noise: float32 [S, d] for the shape, [S·K, d] for texture and background; standard.
        labels: int32 [S] for the shape, [S·K] for texture and background; uniform and independent.
        offsets: int32 [S·K, 2, 2], circular shifts of texture and background; None for a CGN without a shuffler.
        truncation: factor on the noise of each factor.
    """

    noise: Triplet[Any]
    labels: Triplet[Any]
    offsets: Any
    truncation: Triplet[float]


class Counterfactuals:
    """Batches of counterfactuals: masks, and for each of them K images with a texture and a background of their own.

    Source: Sauer & Geiger 2021, section 3 and appendix. Batch `index` depends on (seed, index) and the sizes alone.

    Example:
        >>> batches = Counterfactuals(cgn, seed=0, shapes=50, images_per_mask=10)
        >>> parts, labels = batches(3)
        >>> parts["image"].shape, labels.texture.shape
        (TensorShape([500, 32, 32, 3]), TensorShape([500]))

    Args:
        cgn: a CGN of any scale.
        seed: integer seed of all draws.
        shapes: S, number of masks in a batch.
        images_per_mask: K, number of images of each mask; they are consecutive.
        truncation: factor on the noise; see `CGN.__call__`.
        classes: of each factor those that its labels are drawn from; None: all.
        outputs: names of the parts of a `Composite` that are wanted.
        same_classes: whether all three factors of an image have the class drawn for the shape: no counterfactuals,
            but images like those that the CGN was trained on.
        texture_noise: further factor on the noise of texture and background; other than 1 only for a CGN that draws
            each its own, and whose mechanisms do not normalise by the size of noise.

    Raises:
        ValueError: such a factor for another CGN.
        KerasSettingsError: Keras has another backend than TensorFlow.
    """

    def __init__(
        self,
        cgn: CGN,
        *,
        seed: int,
        shapes: int,
        images_per_mask: int,
        truncation: float = 1.0,
        classes: Triplet[tuple[int, ...]] | None = None,
        outputs: Sequence[str] = ("image",),
        same_classes: bool = False,
        texture_noise: float = 1.0,
    ) -> None:
        keras_settings.require_tensorflow("a data set of counterfactuals")
        if texture_noise != 1.0 and (cgn.takes_truncation or cgn.shares_noise):
            raise ValueError(
                f"texture_noise: expected 1, got {texture_noise:g}: this CGN is not one of digits, and its noise is of "
                "one size for all factors; scale it by truncation."
            )
        self.cgn = cgn
        self.seed = seed
        self.shapes = shapes
        self.images_per_mask = images_per_mask
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
        return self.shapes * self.images_per_mask

    def __call__(self, index: int) -> tuple[dict[str, Any], Triplet[Any]]:
        """The batch of an index from 0 on: `outputs` by name, uint8 [S·K, H, W, 3 or 1], and labels, int32 [S·K]."""
        return self._compiled(tf.constant(index, tf.int64))

    def draws(self, index: Any) -> Draws:
        """Everything random in a batch; works eagerly and in a graph."""

        def key(stream: Stream) -> Any:
            return stream_key(self.seed, stream, index)

        rows = Triplet(self.shapes, self.batch_size, self.batch_size)
        noise = Triplet(
            *(
                draw_noise(self.cgn.noise_distribution, (count, self.cgn.noise_dim), key(purpose))
                for count, purpose in zip(rows, _NOISE, strict=True)
            )
        )
        if self.cgn.shares_noise:
            repeated = tf.repeat(noise.shape, self.images_per_mask, axis=0)
            noise = noise._replace(texture=repeated, background=repeated)
        labels: Any = (
            tf.gather(list(choice), tf.random.stateless_uniform((count,), key(purpose), 0, len(choice), tf.int32))
            for count, purpose, choice in zip(rows, _LABELS, self.classes, strict=True)
        )
        labels = Triplet(*labels)
        if self.same_classes:
            repeated = tf.repeat(labels.shape, self.images_per_mask)
            labels = labels._replace(texture=repeated, background=repeated)
        offsets = (
            tf.random.stateless_uniform(
                (self.batch_size, 2, 2), key(Stream.COUNTERFACTUAL_OFFSETS), 0, self.cgn.image_size, tf.int32
            )
            if self.cgn.shuffles
            else None
        )
        truncation = Triplet(self.truncation, *2 * (self.truncation * self.texture_noise,))
        return Draws(noise, labels, offsets, truncation)

    def _generate(self, index: Any) -> tuple[dict[str, Any], Triplet[Any]]:
        noise, labels, offsets, truncation = self.draws(index)
        composite = self.cgn(
            noise, labels, offsets=offsets, images_per_mask=self.images_per_mask, truncation=truncation
        )
        parts = {name: eight_bits(name, getattr(composite, name)) for name in self.outputs}
        return parts, labels._replace(shape=tf.repeat(labels.shape, self.images_per_mask))


def eight_bits(part: str, values: Any) -> Any:
    """A part of a `Composite` as uint8 of the same shape.

    Args:
        part: its name.
        values: float32 [B, H, W, 3 or 1]; outside the range that becomes 0..255 they are clipped.
    """
    return as_uint8(values, *value_range(part, values.shape[-1]))


def value_range(part: str, channels: int) -> tuple[float, float]:
    """What becomes 0 and what 255 of a part of a `Composite` of so many channels."""
    ranges = {"mask": (0.0, 1.0), "premask": PREMASK_RANGE if channels == 1 else (-1.0, 1.0)}
    return ranges.get(part, (-1.0, 1.0))
