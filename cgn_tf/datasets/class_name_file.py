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
_ID = r"[nN][0-9]{8}"
_ID_ALONE = re.compile(_ID)
_ID_WITHIN = re.compile(rf"(?<![^\W_]){_ID}(?![^\W_])")
_ID_FIRST = re.compile(rf"""(["']?)(?P<id>{_ID})\1(?:[\s,:;|_-]+(?P<name>\S.*))?""")
_ID_LAST = re.compile(rf"""(?P<name>\S.*?)[\s,:;|_-]+(["']?)(?P<id>{_ID})\2""")
_QUOTED = re.compile(r"""(["'])((?:(?!\1).)*)\1""")
_NUMBERED = re.compile(r"""\s*(["']?)([0-9]{1,9})\1(?:\s*([:,\t])|\s)\s*(.*)""", re.DOTALL)
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
    ids. An entry is a name, a WordNet id before or behind a name ("n01440764 tench", or a list of both in JSON), or an
    id alone. Where there are ids, they decide which class has which name, whatever the order of the file. Where there
    are none, but every entry begins with a number ("3: tench"), the numbers are the indices of the classes.

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
    if text.lstrip().startswith(("{", "[")):
        raise ValueError("a dictionary or a list of Python or JSON; save it as JSON, in a file that ends in .json")
    # not splitlines, which divides names at rarer characters, too
    lines = enumerate(re.split(r"\r\n|\r|\n", text), start=1)
    return _from_list([(f"line {number}", line) for number, line in lines if line.strip()])


def _from_json(text: str) -> list[_Entry]:
    content = json.loads(text, object_pairs_hook=_Object)
    if not isinstance(content, list):
        raise ValueError(_shown(content))
    if not isinstance(content, _Object):
        return _from_list([(f"entry {index}", value) for index, value in enumerate(content)])
    if content and all(_ID_ALONE.fullmatch(key) for key, _ in content):
        _refuse_repeated([key for key, _ in content], "key")
        return [_entry([key, value], f"key {key}") for key, value in content]
    return _by_index(content, "key")


def _from_list(values: Sequence[tuple[str, Any]]) -> list[_Entry]:
    """The entries of a list of places and values, in the order of the numbers before them if all have one."""
    found = [_NUMBERED.fullmatch(value) if isinstance(value, str) else None for _, value in values]
    numbered = [(str(int(match[2])), _unquoted(match[4].strip())) for match in found if match]
    if values and len(numbered) == len(values):
        # "5 cents" is a name, unless the numbers count the classes
        counts = sorted(int(number) for number, _ in numbered) == list(range(len(numbered)))
        if counts or all(match[3] for match in found if match):
            return _by_index(numbered, "number")
    return [_entry(value, place) for place, value in values]


def _by_index(content: Sequence[tuple[str, Any]], what: str) -> list[_Entry]:
    """The entries of pairs of an index and a value; `what` the indices are called in messages."""
    keys = [key for key, _ in content]
    _refuse_repeated(keys, what)
    indices = [str(index) for index in range(len(keys))]
    if set(keys) != set(indices):
        unknown, missing = (
            [key for key in one if key not in other] for one, other in ((keys, indices), (indices, keys))
        )
        raise ValueError(f"{what}s {_listed(unknown)} and none of {_listed(missing)}, not 0 to {len(keys) - 1}")
    values = dict(content)
    return [_entry(values[index], f"{what} {index}") for index in indices]


def _refuse_repeated(keys: Sequence[str], what: str) -> None:
    repeated = [key for key, count in Counter(keys).items() if count > 1]
    if repeated:
        raise ValueError(f"the {what} {_listed(repeated)} more than once")


def _entry(value: Any, place: str) -> _Entry:
    if isinstance(value, str):
        name, id_ = _divided(value.strip(), place)
    elif isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value):
        id_, name = value if _ID_ALONE.fullmatch(value[0].strip()) else value[::-1]
        if not _ID_ALONE.fullmatch(id_.strip()):
            raise ValueError(f"{place}: {_shown(value)}")
    else:
        raise ValueError(f"{place}: {_shown(value)}")
    if len(name.strip().splitlines()) != 1:
        raise ValueError(f"{place}: a name that is {'broken into lines' if name.strip() else 'empty'}")
    return _Entry(name.strip(), id_ and id_.strip().lower())


def _divided(text: str, place: str) -> tuple[str, str | None]:
    """The name and the id in a text."""
    ids = _ID_WITHIN.findall(text)
    if not ids:
        return text, None
    inner = _unquoted(text)
    found = _ID_FIRST.fullmatch(inner) or _ID_LAST.fullmatch(inner)
    if found is None or len(ids) > 1:
        raise ValueError(f"{place}: {_shown(text)}, where an id is neither first nor last, or not the only one")
    return (found["id"].lower() if found["name"] is None else _unquoted(found["name"])), found["id"]


def _unquoted(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    return quoted[2] if quoted else text


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
