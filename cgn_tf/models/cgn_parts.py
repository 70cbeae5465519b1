"""A CGN made of declared mechanisms and a declared masker."""

from __future__ import annotations

from typing import Any, NamedTuple

from cgn_tf.models.cgn import CGN
from cgn_tf.models.contract import MaskerPart, MaskerRequest, MechanismPart, MechanismRequest
from cgn_tf.types import Triplet


class ChosenMechanism(NamedTuple):
    """A mechanism by its declaration, and the options that it is made with."""

    part: MechanismPart
    options: Any


class ChosenMasker(NamedTuple):
    """A masker by its declaration, and the options that it is made with."""

    part: MaskerPart
    options: Any


class CGNParts(NamedTuple):
    """What a CGN is made of, and what that needs.

    Attributes:
        mechanisms: one a factor.
        masker: from what the shape mechanism draws to masks.
        image_size: height and width in pixels that the data have; None: whatever the mechanisms have.
        backbone: a built BigGAN-deep, where a mechanism requires one.
        saliency: a built U²-Net, where the masker requires one.
    """

    mechanisms: Triplet[ChosenMechanism]
    masker: ChosenMasker
    image_size: int | None = None
    backbone: Any = None
    saliency: Any = None

    def make(self, *, num_classes: int, noise_dim: int) -> CGN:
        """The CGN, not built: `build` it, then `start` it.

        Raises:
            ValueError: parts that do not fit together, or a width of the noise that is too small for one.
        """
        check_parts(Triplet(*(chosen.part for chosen in self.mechanisms)), self.masker.part, noise_dim)
        # in this order: initializers draw their seeds when they are made
        requests = self._requests()
        mechanisms = Triplet(*(c.part.make(c.options, r) for c, r in zip(self.mechanisms, requests, strict=True)))
        masker = self.masker.part.make(self.masker.options, MaskerRequest(self.saliency))
        shifts = "background" not in self.masker.part.ignores
        return CGN.of(mechanisms, masker, num_classes=num_classes, noise_dim=noise_dim, shifts=shifts)

    def start(self, cgn: CGN) -> None:
        """Gives the built CGN the weights that its parts start with, besides those of their initializers."""
        for chosen, request, mechanism in zip(self.mechanisms, self._requests(), cgn.mechanisms, strict=True):
            if chosen.part.start is not None:
                chosen.part.start(mechanism, request)
        if self.masker.part.start is not None:
            self.masker.part.start(cgn.masker, MaskerRequest(self.saliency))

    def _requests(self) -> Triplet[MechanismRequest]:
        return Triplet(*(MechanismRequest(factor, self.image_size, self.backbone) for factor in Triplet._fields))


def check_parts(mechanisms: Triplet[MechanismPart], masker: MaskerPart, noise_dim: int) -> None:
    """Holds declared parts to make one CGN.

    Raises:
        ValueError: a part in a place that it cannot have, a masker that does not read the premask of the shape
            mechanism, or a width of the noise that is too small for a part.
    """
    for factor, part in zip(Triplet._fields, mechanisms, strict=True):
        if part.premask is None if factor == "shape" else not part.draws_images:
            raise ValueError(f"{factor} mechanism: expected one that draws {factor}s, got {part.name}.")
        if factor == "shape" and part.premask not in masker.reads:
            raise ValueError(
                f"masker {masker.name}: expected a premask of {' or '.join(sorted(masker.reads))}, got {part.premask} "
                f"of the shape mechanism {part.name}."
            )
        if noise_dim < part.minimum_noise_dim:
            raise ValueError(
                f"noise_dim: expected at least {part.minimum_noise_dim} for the {factor} mechanism {part.name}, got "
                f"{noise_dim}."
            )
