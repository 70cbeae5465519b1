"""A file of class names, brought into the order of a model's classes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf.errors import CommandError
from cgn_tf.files.known_kind import HEAD_BYTES, known_kind

_EXPECTED = "expected names, one a line, or as JSON a list or Keras' class index"
_WORDNET = re.compile(r"(n\d{8})(?:[\s,:]+(\S.*))?")
_SHOWN = 3


class _Entry(NamedTuple):
    """A name, and the WordNet id beside it, if there is one."""

    name: str
    id: str | None = None


class _Object(list[tuple[str, Any]]):
    """An object of JSON, with the keys that it repeats."""


def read_class_names(path: Path, num_classes: int, ids: Sequence[str] = ()) -> list[str]:
    """The names in a file, in the order of the model's classes.

    A file is text, one name a line, or JSON: a list, an object with the keys "0", "1", …, or one whose keys are WordNet
    ids. An entry is a name, a WordNet id and a name ("n01440764 tench", or a list of both in JSON), or an id alone.
    Where there are ids, they decide which class has which name, whatever the order of the file.

    Args:
        path: of the file, in UTF-8.
        num_classes: of the model.
        ids: WordNet ids of its classes; none, where they are not known.

    Raises:
        CommandError: the file cannot be read, has another number of names, entries that are none, or ids that are not
            those of the model's classes, each once.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror}); give a file of names, one a line.") from None
    if kind := known_kind(content[:HEAD_BYTES]):
        raise CommandError(f"{path}: {_EXPECTED}, got {kind}.")
    try:
        text = content.decode("utf-8-sig")  # editors of Windows put a mark in front
        entries = _from_json(text) if path.suffix.lower() == ".json" else _from_lines(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path}: {_EXPECTED}, got something else ({error}).") from None
    if len(entries) != num_classes:
        raise CommandError(f"{path}: expected the names of {num_classes} classes, got {len(entries)}.")
    return _in_order(entries, ids, path)


def _from_lines(text: str) -> list[_Entry]:
    # not splitlines, which divides names at rarer characters, too
    lines = enumerate(re.split(r"\r\n|\r|\n", text), start=1)
    return [_entry(line, f"line {number}") for number, line in lines if line.strip()]


def _from_json(text: str) -> list[_Entry]:
    content = json.loads(text, object_pairs_hook=_Object)
    if not isinstance(content, list):
        raise ValueError(_shown(content))
    if not isinstance(content, _Object):
        return [_entry(value, f"entry {index}") for index, value in enumerate(content)]
    keys = [key for key, _ in content]
    repeated = [key for key, count in Counter(keys).items() if count > 1]
    if repeated:
        raise ValueError(f"the key {_listed(repeated)} more than once")
    if keys and all(map(re.compile(r"n\d{8}").fullmatch, keys)):
        return [_entry([key, value], f"key {key}") for key, value in content]
    indices = [str(index) for index in range(len(keys))]
    if set(keys) != set(indices):
        unknown, missing = (
            [key for key in one if key not in other] for one, other in ((keys, indices), (indices, keys))
        )
        raise ValueError(f"keys {_listed(unknown)} and none of {_listed(missing)}, not 0 to {len(keys) - 1}")
    values = dict(content)
    return [_entry(values[index], f"key {index}") for index in indices]


def _entry(value: Any, place: str) -> _Entry:
    if isinstance(value, str):
        found = _WORDNET.fullmatch(value.strip())
        name, id_ = (found[2] or found[1], found[1]) if found else (value, None)
    elif isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value):
        id_, name = value[0].strip(), value[1]
    else:
        raise ValueError(f"{place}: {_shown(value)}")
    if len(name.strip().splitlines()) != 1:
        raise ValueError(f"{place}: a name that is {'broken into lines' if name.strip() else 'empty'}")
    return _Entry(name.strip(), id_)


def _in_order(entries: Sequence[_Entry], ids: Sequence[str], path: Path) -> list[str]:
    """The names in the order of the ids, or in that of the file where it has no ids."""
    given = Counter(entry.id for entry in entries)
    if set(given) == {None}:
        return [entry.name for entry in entries]
    if not ids:
        raise CommandError(
            f"{path}: expected names alone, in the order of the model's {len(entries)} classes, got some with an id "
            f"({_listed(filter(None, given))}); the ids of the model's classes are not known."
        )
    problems = {
        "no id": [entry.name for entry in entries if entry.id is None],
        "unknown": [id_ for id_ in given if id_ is not None and id_ not in ids],
        "more than once": [id_ for id_, count in given.items() if id_ is not None and count > 1],
        "missing": [id_ for id_ in ids if id_ not in given],
    }
    if any(problems.values()):
        found = "; ".join(f"{what}: {_listed(which)}" for what, which in problems.items() if which)
        raise CommandError(f"{path}: expected each of the model's {len(ids)} WordNet ids once, or none; got {found}.")
    names = {entry.id: entry.name for entry in entries}
    return [names[id_] for id_ in ids]


def _listed(texts: Iterable[str]) -> str:
    texts = list(texts)
    return ", ".join(texts[:_SHOWN]) + (f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else "")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}…"
