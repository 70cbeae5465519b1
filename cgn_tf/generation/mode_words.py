"""What the card of a data set says of each way to choose classes."""

from __future__ import annotations

from typing import NamedTuple


class ModeWords(NamedTuple):
    """What is said of a way to choose classes.

    Attributes:
        summary: for the catalogue of TFDS.
        title, labels: of the card, and what labels there are.
        choice: what they are drawn from; empty: the classes that were named.
        mask: what one is made of.
        drawn: which labels are drawn, and how they are distributed.
    """

    summary: str
    title: str
    labels: str
    choice: str
    mask: str
    drawn: str


_COUNTERFACTUAL = "Counterfactual images of a CGN (Sauer & Geiger 2021) with {} for shape, texture and background."
_ONE_MASK = "For each shape one label and one noise vector give one mask"
_OWN_LABELS = "Each image has a label of its own for its texture, and another for its background."
MODE_WORDS = {
    "random": ModeWords(
        _COUNTERFACTUAL.format("independent labels"),
        "Counterfactuals of a CGN",
        "labels for shape, texture and background that were\ndrawn independently",
        "all classes",
        _ONE_MASK,
        f"{_OWN_LABELS}\nLabels are uniform over the classes above and independent of one another.",
    ),
    "best_classes": ModeWords(
        _COUNTERFACTUAL.format("independent labels"),
        "Counterfactuals of a CGN",
        "labels for shape, texture and background that were\ndrawn independently",
        "the paper's best classes of each factor",
        _ONE_MASK,
        f"{_OWN_LABELS}\nLabels are uniform over the best classes of their factor and independent of one another.",
    ),
    "fixed_classes": ModeWords(
        _COUNTERFACTUAL.format("fixed labels"),
        "Counterfactuals of a CGN",
        "labels for shape, texture and background that are\nthe same in every image",
        "",
        "For each shape one noise vector gives one mask",
        "No labels are drawn.",
    ),
    "same_classes": ModeWords(
        "Images of a CGN (Sauer & Geiger 2021) with one label for shape, texture and background.",
        "Images of a CGN",
        "one label for shape, texture and background alike: no\ncounterfactuals, but images like those that the CGN "
        "was trained on",
        "all classes, the same for all three factors",
        _ONE_MASK,
        "Each image has the label of its shape for its texture and its background, too.\n"
        "The label is uniform over the classes above.",
    ),
}
"""By the names of `class_choice.MODES`."""
