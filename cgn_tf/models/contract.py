"""What a CGN and its training ask of a mechanism, a masker and a discriminator, and how such a part is declared.

A part is one file: a Keras model or layer, a frozen dataclass of its options, and a declaration (`MechanismPart`,
`MaskerPart`, `DiscriminatorPart`) that the room's `registry.py` lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import keras

from cgn_tf.types import Triplet


class Premask(StrEnum):
    """What a shape mechanism gives to the masker, [B, H, W, C]."""

    VALUES = "values"
    """One channel, to be brought to [0, 1] by clipping."""
    LOGITS = "logits"
    """One channel, to be brought to (0, 1) by a sigmoid."""
    IMAGE = "image"
    """Three channels in [-1, 1], an image in which a saliency network finds the object."""


class Resource(StrEnum):
    """A pretrained network that several parts share; assembly loads it once and hands it to each `make`."""

    BACKBONE = "backbone"
    """A built BigGAN-deep, `MechanismRequest.backbone`."""
    SALIENCY = "saliency"
    """A built U²-Net, `MaskerRequest.saliency`."""


class Mechanism(Protocol):
    """A `keras.Model` from noise and a condition to a premask or an image; the names are those of Keras' own methods.

    Attributes:
        image_size: height and width of the output in pixels.
        noise_distribution: one of `cgn_tf.types.NOISE_DISTRIBUTIONS`.
        shares_noise: whether the three mechanisms of a CGN get one noise, in counterfactuals too.
        takes_truncation: whether it is called with `truncation`, by which it normalises.
        is_shifted: whether its images are shifted circularly, at random, in training and generation.
        class_embedding: its own layer from labels int [B] to embeddings [B, e]; None: its condition is the embedding
            that the mechanisms of a CGN share.
        shares_trace: whether training traces the mechanisms of a CGN once and calls them as graph functions of their
            variables: for networks of thousands of operations that change no variable.
        recomputes: whether the backward pass computes its blocks again instead of keeping them; may be set where
            `can_recompute`.
        can_recompute: whether it has such blocks.
    """

    image_size: int
    noise_distribution: str
    shares_noise: bool
    takes_truncation: bool
    is_shifted: bool
    class_embedding: keras.layers.Layer | None
    shares_trace: bool
    can_recompute: bool
    recomputes: bool

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        """Creates every variable, without a call."""

    def __call__(self, noise: Any, condition: Any, training: bool = False) -> Any:
        """Noise [B, d] and condition → [B, H, W, C].

        The condition is embedded labels, float [B, e]; with a `class_embedding` it may be labels, int [B], as well.
        With `takes_truncation` there is a further argument `truncation`, a scalar or [B] in (0, 1].
        """

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments: `from_config` makes an equal mechanism without variables."""


def check_agreement(mechanisms: Triplet[Any]) -> None:
    """Raises ValueError where mechanisms cannot be those of one CGN: other sizes, noise or label embeddings."""
    answers = {
        "image_size": [mechanism.image_size for mechanism in mechanisms],
        "noise_distribution": [mechanism.noise_distribution for mechanism in mechanisms],
        "shares_noise": [mechanism.shares_noise for mechanism in mechanisms],
        "label embedding": ["shared" if mechanism.class_embedding is None else "own" for mechanism in mechanisms],
    }
    for what, values in answers.items():
        if len(set(values)) > 1:
            raise ValueError(
                f"mechanisms: expected the same {what} for shape, texture and background, got "
                f"{', '.join(map(str, values))}."
            )


class Masker(Protocol):
    """A `keras.layers.Layer` from a premask [B, H, W, C] to a mask [B, H, W, 1] in (0, 1), float32."""

    def __call__(self, premask: Any) -> Any:
        """Premask → mask."""


class DropoutMask(NamedTuple):
    """A random input of a discriminator: 1 for a unit that is kept, 0 for a dropped one, float32 [B, *shape].

    Attributes:
        shape: without the batch.
        rate: share of the units that are dropped.
    """

    shape: tuple[int, ...]
    rate: float


class Discriminator(Protocol):
    """A `keras.Model` from images and labels to scores, without a final activation.

    Attributes:
        random_inputs: name of a further argument → what is drawn for it at every step, for real and for generated
            images independently; empty for a discriminator without dropout.
    """

    random_inputs: Mapping[str, DropoutMask]

    def __call__(self, images: Any, labels: Any, training: bool = False, **random_inputs: Any) -> Any:
        """Images [B, H, W, 3] in [-1, 1] and labels int [B] → scores [B]; a missing random input means no dropout."""


class MechanismRequest(NamedTuple):
    """What a mechanism is made for.

    Attributes:
        factor: "shape", "texture" or "background", also the name of the model.
        image_size: height and width in pixels that the data have; None: whatever the mechanism has.
        backbone: with `Resource.BACKBONE`.
    """

    factor: str
    image_size: int | None
    backbone: Any = None

    def check_image_size(self, size: int) -> None:
        """Raises ValueError where the data have images of another size than `size`, which is all a mechanism draws."""
        if self.image_size not in (None, size):
            raise ValueError(f"{self.factor} mechanism: expected images of {size} pixels, got {self.image_size}.")


class MaskerRequest(NamedTuple):
    """What a masker is made for.

    Attributes:
        saliency: with `Resource.SALIENCY`.
    """

    saliency: Any = None


class DiscriminatorRequest(NamedTuple):
    """What a discriminator is made for: number of classes, height and width of the images in pixels."""

    num_classes: int
    image_size: int


@dataclass(frozen=True)
class MechanismPart:
    """Declares a mechanism.

    Attributes:
        name, summary, options: see `cgn_tf.options.registry.Part`.
        make: options and request → the mechanism, not built.
        start: built mechanism and request: gives its variables the values that it starts with; None: its initializers
            did.
        premask: what it gives as a shape mechanism; None: it cannot be one.
        draws_images: whether it can be a texture or background mechanism.
        draws_whole_images: whether it can draw a whole image, for a masker that ignores shape and background.
        has_batch_norm: whether statistics of a batch enter what it computes in training.
        minimum_noise_dim: the least width of the noise that it takes.
        requires: resources that the request must have.
    """

    name: str
    summary: str
    options: type[Any]
    make: Callable[[Any, MechanismRequest], Any]
    start: Callable[[Any, MechanismRequest], None] | None = None
    premask: Premask | None = None
    draws_images: bool = True
    draws_whole_images: bool = True
    has_batch_norm: bool = False
    minimum_noise_dim: int = 1
    requires: frozenset[Resource] = frozenset()


@dataclass(frozen=True)
class MaskerPart:
    """Declares a masker.

    Attributes:
        name, summary, options: see `cgn_tf.options.registry.Part`.
        make: options and request → the masker, not built.
        start: built masker and request: gives its variables the values that it starts with; None: it has none.
        reads: the premasks that it takes.
        ignores: factors that have no effect behind it.
        requires: resources that the request must have.
    """

    name: str
    summary: str
    options: type[Any]
    make: Callable[[Any, MaskerRequest], Any]
    reads: frozenset[Premask]
    start: Callable[[Any, MaskerRequest], None] | None = None
    ignores: frozenset[str] = frozenset()
    requires: frozenset[Resource] = frozenset()


@dataclass(frozen=True)
class DiscriminatorPart:
    """Declares a discriminator.

    Attributes:
        name, summary, options: see `cgn_tf.options.registry.Part`.
        make: options and request → the discriminator, not built.
        has_batch_norm: whether statistics of a batch enter what it computes in training.
    """

    name: str
    summary: str
    options: type[Any]
    make: Callable[[Any, DiscriminatorRequest], Any]
    has_batch_norm: bool = False
