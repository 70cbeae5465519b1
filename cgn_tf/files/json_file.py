"""JSON files: written whole or not at all, and read as frozen dataclasses of texts and numbers."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from cgn_tf.errors import CommandError
from cgn_tf.files.atomic import write_atomically

Record = TypeVar("Record")

_WORDS = {str: "text", int: "a whole number", float: "a finite number", types.NoneType: "null"}


def json_text(value: Any) -> str:
    """`value` as JSON for people to read, without a line break at the end.

    Raises:
        TypeError, ValueError: it holds what JSON cannot, NaN and infinities among them.
    """
    return json.dumps(value, indent=2, allow_nan=False)


def write_json(path: Path, value: Any) -> None:
    """Writes `json_text` of a value and a line break, whole or not at all.

    Raises:
        OSError: as for `write_atomically`.
        TypeError, ValueError: as for `json_text`.
    """
    write_atomically(path, f"{json_text(value)}\n".encode())


def write_json_output(path: Path, value: Any) -> None:
    """As `write_json`, for a file that a command was asked for; its folder is made where missing.

    Raises:
        CommandError: the folder or the file cannot be written.
        TypeError, ValueError: as for `json_text`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, value)
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error.strerror}).") from error


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        CommandError: it cannot be read, which says nothing of its content.
        ValueError: it holds something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror}).") from error
    return json.loads(content)


def read_record(path: Path, record_class: type[Record], *, others: bool = False) -> Record:
    """Reads one object of `record_class`, whose fields are str, int, float, or one of these or None.

    Fields with a default may be missing. Whole numbers given for floats become floats. What `__post_init__` refuses
    with a ValueError is named with the file.

    Args:
        path: of the file.
        record_class: a dataclass.
        others: whether keys that are no fields are allowed.

    Raises:
        CommandError: no file, no JSON object, a missing or unknown key, a value of another type or out of range.
    """
    try:
        values = read_json(path)
    except ValueError as error:
        raise CommandError(f"{path}: expected JSON, got something else ({error}).") from error
    if not isinstance(values, dict):
        raise CommandError(f"{path}: expected a JSON object, got {type(values).__name__}.")
    kinds = typing.get_type_hints(record_class)
    fields = dataclasses.fields(typing.cast(Any, record_class))
    names = [field.name for field in fields]
    required = {field.name for field in fields if field.default is dataclasses.MISSING}
    for problem, wrong in (("missing", required - set(values)), ("unknown", set(values) - set(names))):
        if wrong and not (others and problem == "unknown"):
            raise CommandError(f"{path}: {problem} {', '.join(sorted(wrong))}; expected {', '.join(names)}.")
    try:
        return record_class(**{name: _typed(name, kinds[name], values[name]) for name in names if name in values})
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error


def _typed(name: str, kind: Any, value: Any) -> Any:
    allowed = typing.get_args(kind) or (kind,)
    if type(value) in allowed and (type(value) is not float or math.isfinite(value)):
        return value
    if type(value) is int and float in allowed:  # never True: type(True) is bool
        return float(value)
    raise ValueError(f"{name}: expected {' or '.join(_WORDS[part] for part in allowed)}, got {value!r}.")
