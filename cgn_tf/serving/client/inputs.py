"""What a program gives, as the arrays of a request: nothing is rounded, cut off or wrapped on the way."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from cgn_tf.types import LABEL_NAMES, Triplet

_INT64 = np.iinfo(np.int64)


def as_array(name: str, value: Any) -> np.ndarray:
    """An array as it is. Of what is no array, or one of objects, whole numbers become int64, others float32.

    Raises:
        ValueError: whole numbers beyond int64, rows of different lengths, or neither numbers nor strings.
    """
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value
    given = np.array(value, object)
    items = given.ravel().tolist()
    if items and all(isinstance(item, (bytes, str)) for item in items):
        return given  # NumPy's own strings lose zeros at their end
    if items and all(whole_number(item) is not None for item in items):
        return whole_numbers(name, value)
    array = np.array(given.tolist())
    if array.dtype.kind in "OSU":
        raise ValueError(f"{name}: expected numbers, or strings alone, got {_shown(value)}.")
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def whole_number(item: Any) -> int | None:
    """The whole number that `item` is; None of others, 3.0 and True among them."""
    if isinstance(item, (bool, np.bool_)):  # which Python takes for 0 and 1
        return None
    try:
        return operator.index(item)
    except TypeError:
        return None


def whole_numbers(name: str, value: Any) -> np.ndarray:
    """Whole numbers as int64, in the shape that they have.

    Raises:
        ValueError: other numbers, 3.0 and True among them, or some that int64 does not hold.
    """
    given = np.array(value, object)
    numbers = []
    for item in given.ravel().tolist():
        number = whole_number(item)
        if number is None or not _INT64.min <= number <= _INT64.max:
            raise ValueError(f"{name}: expected whole numbers from {_INT64.min} to {_INT64.max}, got {_shown(item)}.")
        numbers.append(number)
    return np.array(numbers, np.int64).reshape(given.shape)


def seeded_inputs(seeds: Sequence[int], labels: Triplet[Any], truncation: Any) -> dict[str, np.ndarray]:
    """The inputs of `sample` and `png`.

    Raises:
        ValueError: seeds or labels that are no whole numbers, or not as many as there are seeds.
    """
    seed = whole_numbers("seeds", seeds)
    if seed.ndim != 1:
        raise ValueError(f"seeds: expected several, of shape [B], got the shape {list(seed.shape)}.")
    given = {"seed": seed} | label_inputs(labels, len(seed))
    return given | {"truncation": number_inputs("truncation", truncation, len(seed))}


def label_inputs(labels: Triplet[Any], rows: int, prefix: str = "") -> dict[str, np.ndarray]:
    """The labels of the three factors, int64 of so many rows each; ValueError as for `seeded_inputs`."""
    named = {f"{prefix}{name}": label for name, label in zip(LABEL_NAMES, labels, strict=True)}
    return {name: _rows(name, whole_numbers(name, label), rows) for name, label in named.items()}


def number_inputs(name: str, value: Any, rows: int) -> np.ndarray:
    """One float32 for each row; ValueError where there are others than one or so many."""
    return _rows(name, np.asarray(value, np.float32), rows)


def _rows(name: str, values: np.ndarray, rows: int) -> np.ndarray:
    if values.shape not in [(), (1,), (rows,)]:
        raise ValueError(f"{name}: expected one value for all, or {rows}, got an array of shape {values.shape}.")
    return np.ascontiguousarray(np.broadcast_to(values, (rows,)))


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 100 else f"{text[:100]}…"
