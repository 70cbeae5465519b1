"""What a loss is, and how a loss is declared.

A loss is one file: a function or class from `LossInputs` to one value per image, a frozen dataclass of its options, and
a `LossPart` that `registry.py` lists. Name, weight and options then appear as flags; the values before and after the
weight appear in TensorBoard as raw/NAME and weighted/NAME.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from cgn_tf.losses.inputs import LossInputs


class Loss(Protocol):
    """A function from the inputs of a step to one value for each of B images."""

    def __call__(self, inputs: LossInputs) -> Any:
        """Inputs → float32 [B], before the weight."""


class TwoPlayerLoss(Loss, Protocol):
    """A loss with a `Need.DISCRIMINATOR`: it also says what the discriminator minimises."""

    def discriminator(self, real_scores: Any, fake_scores: Any) -> Any:
        """Scores of real and of generated images, [B] each → [B]."""


class Need(StrEnum):
    """What a loss cannot be computed without."""

    REFERENCE = "reference"
    """An image to compare with, `LossInputs.reference`."""
    PAIRED_REFERENCE = "paired_reference"
    """A reference that shows the class of the generated image."""
    REFERENCE_FEATURES = "reference_features"
    """Feature maps of the reference."""
    REAL_IMAGES = "real_images"
    """A data set of images, at the start of a run."""
    STYLE_REFERENCE_BANK = "style_reference_bank"
    """Gram matrices of fixed real images, `LossInputs.style_reference_grams`."""
    FEATURES = "features"
    """A feature network, `LossInputs.features`."""
    SALIENCY = "saliency"
    """A network that finds objects, `LossInputs.background_saliency`."""
    DISCRIMINATOR = "discriminator"
    """Scores of the generated images, `LossInputs.fake_scores`."""
    PAIRED_NOISE = "paired_noise"
    """Images 2i and 2i + 1 have one label and different noise."""


class PatchIndices(NamedTuple):
    """Random integers that a loss reads: so many for each image, out of so many; `LossInputs.patch_indices`."""

    number: int
    below: int


def always(*needs: Need) -> Callable[[Any], frozenset[Need]]:
    """`LossPart.requires` of a loss whose needs do not depend on its options."""
    found = frozenset(needs)
    return lambda options: found


def needs_nothing(options: Any) -> frozenset[Need]:
    """`LossPart.requires` of a loss that needs the composite alone."""
    return frozenset()


def reads_nothing(options: Any) -> Mapping[str, frozenset[int]]:
    """`LossPart.feature_taps` of a loss without feature maps."""
    return {}


@dataclass(frozen=True, kw_only=True)
class LossPart:
    """Declares a loss.

    Attributes:
        name: in flags, TensorBoard and code.
        summary: one line.
        options: frozen dataclass of `option()` fields; the one that sets the weight is NAME_weight (or NAME_weights).
        weight: options → factor on the loss; 0: the loss is off, and nothing of it is computed.
        make: options → the loss.
        requires: options → what the loss needs.
        feature_taps: options → picture ("image", "reference", "foreground", "patches") → taps of the feature network
            that the loss reads of it, so that several losses share one pass.
        patch_indices: options → the random integers that the loss reads; None: none.
        paper_loss: which of the paper's losses it is a term of, "rec", "shape", "text" or "bg"; empty: of none.
        trains: the factors whose mechanisms the loss trains; empty: all.
    """

    name: str
    summary: str
    options: type[Any]
    weight: Callable[[Any], float]
    make: Callable[[Any], Loss]
    requires: Callable[[Any], frozenset[Need]] = needs_nothing
    feature_taps: Callable[[Any], Mapping[str, frozenset[int]]] = reads_nothing
    patch_indices: Callable[[Any], PatchIndices] | None = None
    paper_loss: str = ""
    trains: frozenset[str] = frozenset()
