"""What a challenge is made of: images with masks, from whichever source, and the names of its sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

MIXED = ("mixed_same", "mixed_rand", "mixed_next")
"""The sets of objects on backgrounds of other images."""
SETS = ("original", *MIXED, "only_fg", "no_fg", "only_bg_b", "only_bg_t")
"""All sets, in the order of the paper."""
OWN = tuple(name for name in SETS if name not in MIXED)
"""Those that are made of one image."""
FG_MASK, BACKGROUND = "fg_mask", "background"
"""What is kept beside the sets: the opacity of each object, and what the mixed sets have behind others."""
BINDING, TABLE, RECORD, CARD, SHEET, SKIPPED = (
    "config.json", "challenge.csv", "challenge.json", "README.md", "sheet.png", "skipped.csv"
)  # fmt: skip


class Item(NamedTuple):
    """One image by name; no two of a challenge have the same class and name.

    Attributes:
        class_name: its class, which is a folder of every set.
        name: without suffix and slashes.
        file: what its source calls it.
    """

    class_name: str
    name: str
    file: str

    @property
    def key(self) -> str:
        """Class and name, with a slash between."""
        return f"{self.class_name}/{self.name}"


class Subject(NamedTuple):
    """One image with what is known of its parts.

    Attributes:
        image: uint8 [S, S, 3].
        mask: float32 [S, S] in [0, 1]; 1 is the object.
        background: uint8 [S, S, 3], what is behind the object; None: not known.
        foreground: uint8 [S, S, 3], the object's colours wherever the mask is above 0, so that the mask is its
            opacity; None: not known.
    """

    image: np.ndarray
    mask: np.ndarray
    background: np.ndarray | None = None
    foreground: np.ndarray | None = None


class Source(Protocol):
    """Gives the images of a challenge with their masks."""

    @property
    def class_names(self) -> Sequence[str]:
        """Of all classes, in the order in which one is next to another."""

    @property
    def items(self) -> Sequence[Item]:
        """All images."""

    @property
    def described(self) -> Mapping[str, Any]:
        """What the images and masks are, by digests: an entry for the configuration of the directory."""

    @property
    def owner(self) -> str:
        """Whose the images are: a sentence or two for the card."""

    def load(self, items: Sequence[Item]) -> list[Subject | str]:
        """Each image with its parts, or why it is left out; depends on the item alone, not on those beside it.

        Raises:
            CommandError: a file cannot be read, or masks do not fit the images.
        """
