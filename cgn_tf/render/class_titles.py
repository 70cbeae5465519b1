"""Names of classes as they fit into a picture."""

from __future__ import annotations

from collections.abc import Sequence

_LENGTH = 14


def short_title(name: str) -> str:
    """The first of several names, of at most 14 characters: a longer one ends with an ellipsis."""
    title = " ".join(name.split(",")[0].replace("_", " ").split())
    return title if len(title) <= _LENGTH else f"{title[: _LENGTH - 1].rstrip()}…"


def class_titles(classes: Sequence[int], class_names: Sequence[str] = ()) -> list[str]:
    """A title for each of some classes: its number, or what of its name fits.

    Args:
        classes: numbers.
        class_names: of class 0, 1, …; none: the classes have numbers alone.
    """
    return [short_title(class_names[label]) if class_names else str(label) for label in classes]
