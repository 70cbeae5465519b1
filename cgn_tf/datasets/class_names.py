"""Names of the classes: digits, ImageNet's WordNet ids, and names from a file."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from cgn_tf import keras_settings
from cgn_tf.errors import CommandError

KERAS_INDEX = Path("models", "imagenet_class_index.json")
"""What `keras.applications` downloads into Keras' folder for its `decode_predictions`: at hand where it did."""


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
    def unique(self) -> list[str]:
        """A name of each class that no other has: the id, where there is one, else the name, else the number."""
        if self.ids:
            return self.ids
        return self.names if len(set(self.names)) == len(self.names) else list(map(str, range(len(self.names))))

    def index(self, text: str) -> int:
        """The class that is meant by an index, an id or a name.

        Raises:
            CommandError: none is; similar names are listed.
        """
        known = {name: i for i, name in reversed(list(enumerate(map(_plain, self.names))))}
        known |= {name: i for i, name in enumerate(self.ids)}
        known |= {str(i): i for i in range(len(self.names))}
        wanted = _plain(text)
        if wanted in known:
            return known[wanted]
        close = difflib.get_close_matches(wanted, known, n=3)
        raise CommandError(
            f"class {text!r}: expected an index from 0 to {len(self.names) - 1}"
            + (", a WordNet id" if self.ids else "")
            + (" or a name" if self.names != self.ids else "; for names give `class_names`")
            + (f"; did you mean {', '.join(close)}?" if close else ".")
        )


def load_class_names(num_classes: int, file: str = "") -> ClassNames:
    """The names of a model's classes.

    Args:
        num_classes: 10: digits; 1000: ImageNet's, by WordNet id, and by name where Keras has its list.
        file: names, one a line, or JSON: a list, or Keras' index of id and name; empty: what is at hand.

    Raises:
        CommandError: the file cannot be read, or has another number of classes.
    """
    ids = _wnids() if num_classes == 1000 else []
    if not file and ids and (index := keras_settings.home() / KERAS_INDEX).is_file():
        file = str(index)
    if not file:
        return ClassNames(ids or list(map(str, range(num_classes))), ids)
    names = _read(Path(file))
    if len(names) != num_classes:
        raise CommandError(f"{file}: expected the names of {num_classes} classes, got {len(names)}.")
    return ClassNames(names, ids)


def _wnids() -> list[str]:
    """WordNet ids of ImageNet's 1000 classes, in the order of their index."""
    return resources.files("cgn_tf.datasets").joinpath("imagenet_wnids.txt").read_text(encoding="ascii").split()


def _read(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".json":
            return [line.strip() for line in text.splitlines() if line.strip()]
        content = json.loads(text)
        if isinstance(content, dict):
            content = [content[str(i)] for i in range(len(content))]
        return [str(entry[1]) if isinstance(entry, list) else str(entry) for entry in content]
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror}); give a file of names, one a line.") from None
    except (ValueError, LookupError, TypeError):
        raise CommandError(
            f"{path}: expected names, one a line, or as JSON a list or Keras' class index, got something else."
        ) from None


def _plain(text: str) -> str:
    return text.strip().lower().replace("_", " ")
