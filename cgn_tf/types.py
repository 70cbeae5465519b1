"""The two structures that carry everything: one value per factor, and one composed image with its parts."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Triplet(NamedTuple, Generic[T]):
    """One value for each of the three independent mechanisms (labels, noise, learning rates, optimizers)."""

    shape: T
    texture: T
    background: T

    @classmethod
    def same(cls, value: T) -> Triplet[T]:
        """The same `value` for all three factors, as in training."""
        return cls(value, value, value)


LABEL_NAMES = Triplet("shape_label", "texture_label", "background_label")
"""What the labels of the factors are called wherever labels have names: in records, and in requests to a server."""


class Composite(NamedTuple):
    """What a CGN makes (Sauer & Geiger 2021, eq. 5): `image = mask · foreground + (1 − mask) · background`.

    Records, sample grids and servers call the parts by the same names. All are float32 NHWC: `image`, `foreground`,
    `background` [B, H, W, 3] in [-1, 1]; `mask` [B, H, W, 1] in (0, 1); `premask` is the shape mechanism's output
    before the masker ([B, H, W, 1] for digits, [B, H, W, 3] for BigGAN).
    """

    image: Any
    mask: Any
    premask: Any
    foreground: Any
    background: Any


class Sample(NamedTuple):
    """Images of a CGN, and what they are of: `cgn(noise, labels)` makes them again.

    Attributes:
        composite: n images and their parts.
        labels: int32 [n] for each factor.
        noise: float32 [n, d], standard: a truncation is a factor on it.
    """

    composite: Composite
    labels: Triplet[Any]
    noise: Any

    @property
    def image(self) -> Any:
        """The images, `composite.image`."""
        return self.composite.image


NOISE_DISTRIBUTIONS = ("normal", "truncated_normal")
"""What the noise of a CGN may be drawn from; "truncated_normal" is cut at two standard deviations."""

NORMALISATIONS = ("raw", "imagenet")
"""What may be done with images in front of a U²-Net; see `cgn_tf.models.networks.u2net.U2Net`."""

PREMASK_RANGE = (-2.0, 3.0)
"""What is shown black and what white of a premask of one channel; the mask is its [0, 1]."""

DECIDED_WITHIN = 0.1
"""A pixel of a mask this close to 0 or 1 counts as decided."""
