"""Names of the classes: digits, ImageNet's WordNet ids, and names from a file."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from cgn_tf import keras_settings
from cgn_tf.datasets.class_name_file import read_class_names
from cgn_tf.errors import CommandError

KERAS_INDEX = Path("models", "imagenet_class_index.json")
"""What `keras.applications` downloads into Keras' folder for its `decode_predictions`: at hand where it did."""

_SHOWN = 5
"""Classes that a message lists."""


class ClassNames:
    """What the classes are called.

    Args:
        names: for people; of class 0, 1, …
        ids: WordNet ids of the same classes; none, where there are none.
    """

    def __init__(self, names: Sequence[str], ids: Sequence[str] = ()) -> None:
        self.names = list(names)
        self.ids = list(ids)

    @property
    def given(self) -> list[str]:
        """The names, where they say more than the number of a class or its id; else none."""
        numbers = list(map(str, range(len(self.names))))
        return [] if self.names in (self.ids, numbers) else self.names

    @property
    def unique(self) -> list[str]:
        """A name of each class that no other has: the id, where there is one, else the name, else the number."""
        if self.ids:
            return self.ids
        return self.names if len(set(self.names)) == len(self.names) else list(map(str, range(len(self.names))))

    def index(self, text: str) -> int:
        """The class that is meant by an index, an id or a name.

        Raises:
            CommandError: none is, and similar names are listed; or several are, and these are listed.
        """
        known = self._known()
        found = sorted(known.get(_plain(text), ()))
        if len(found) == 1:
            return found[0]
        if found:
            raise CommandError(self._ambiguous(text, found, known))
        close = difflib.get_close_matches(_plain(text), known, n=3)
        raise CommandError(
            f"class {text!r}: expected an index from 0 to {len(self.names) - 1}"
            + (", a WordNet id" if self.ids else "")
            + (" or a name" if self.names != self.ids else "; for names give `class_names`")
            + (f"; did you mean {', '.join(close)}?" if close else ".")
        )

    def _ambiguous(self, text: str, found: Sequence[int], known: Mapping[str, set[int]]) -> str:
        shown = found[:_SHOWN]
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        classes = ", ".join(f"{i} ({(self.ids or self.names)[i]})" for i in shown)
        # an id or an index, which may be the name of another class as well
        ways = [[way for way in (*self.ids[i : i + 1], str(i)) if len(known[way]) == 1] for i in shown]
        remedy = " or ".join(way[0] for way in ways if way) or "classes names of their own in `class_names`"
        return f"class {text!r}: expected one class, got what {len(found)} are called: {classes}{more}; give {remedy}."

    def _known(self) -> dict[str, set[int]]:
        """The classes that each index, id and name stands for."""
        known: dict[str, set[int]] = {}
        for i, name in enumerate(self.names):
            for text in (str(i), name, *self.ids[i : i + 1]):
                known.setdefault(_plain(text), set()).add(i)
        return known


def load_class_names(num_classes: int, file: str = "", recorded: Sequence[str] = ()) -> ClassNames:
    """The names of a model's classes.

    Args:
        num_classes: 10: digits; 1000: ImageNet's, by WordNet id, and by name where Keras has its list.
        file: names; see `read_class_names`. Empty: what is at hand.
        recorded: names that the model's checkpoint records of its data set; they stand back for a `file`.

    Raises:
        CommandError: see `read_class_names`; or another number of recorded names than classes.
    """
    if recorded and not file:
        if len(recorded) != num_classes:
            raise CommandError(
                f"class names of the checkpoint: expected {num_classes}, as many as its model has classes, got "
                f"{len(recorded)}; give `class_names`."
            )
        return ClassNames(recorded)
    ids = _wnids() if num_classes == 1000 else []
    # isfile and not is_file: a home directory that may not be read has no list for this user
    if not file and ids and os.path.isfile(index := keras_settings.home() / KERAS_INDEX):
        file = str(index)
    if not file:
        return ClassNames(ids or list(map(str, range(num_classes))), ids)
    return ClassNames(read_class_names(Path(file), num_classes, ids), ids)


def _wnids() -> list[str]:
    """WordNet ids of ImageNet's 1000 classes, in the order of their index."""
    return resources.files("cgn_tf.datasets").joinpath("imagenet_wnids.txt").read_text(encoding="ascii").split()


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").split())
