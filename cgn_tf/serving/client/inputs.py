"""What a program gives, as the arrays of a request: nothing is rounded, cut off or wrapped on the way."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from cgn_tf.types import LABEL_NAMES, Triplet

_INT64 = np.iinfo(np.int64)
_BYTES = (bytes, bytearray, memoryview)


def as_array(name: str, value: Any) -> np.ndarray:
    """An array as it is. Of what is no array, or one of objects, whole numbers become int64, others float32.

    Raises:
        ValueError: whole numbers beyond int64, others beyond float32, rows of different lengths, True among numbers,
            or neither real numbers nor strings.
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
    mixed = array.dtype.kind != "b" and any(isinstance(item, (bool, np.bool_)) for item in items)
    if mixed or array.dtype.kind in "OSUc":
        raise ValueError(f"{name}: expected numbers, or strings alone, got {_shown(value)}.")
    return _as_float32(name, array) if array.dtype.kind == "f" else array


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
    if not hasattr(labels, "__len__") or len(labels) != len(LABEL_NAMES):
        raise ValueError(f"{prefix}labels: expected a Triplet of shape, texture and background, got {_shown(labels)}.")
    named = {f"{prefix}{name}": label for name, label in zip(LABEL_NAMES, labels, strict=True)}
    return {name: _rows(name, whole_numbers(name, label), rows) for name, label in named.items()}


def number_inputs(name: str, value: Any, rows: int) -> np.ndarray:
    """One float32 for each row; ValueError as for `real_numbers`, and where there are not one or so many."""
    return _rows(name, real_numbers(name, value), rows)


def noise_input(name: str, value: Any) -> np.ndarray:
    """Noise float32 [B, d]; ValueError as for `real_numbers`, and where the shape is another."""
    noise = real_numbers(name, value)
    if noise.ndim != 2:
        raise ValueError(f"{name}: expected noise of shape [B, d], got the shape {list(noise.shape)}.")
    return noise


def real_numbers(name: str, value: Any) -> np.ndarray:
    """Numbers as float32, in the shape that they have.

    Raises:
        ValueError: what is no real number, True and "0.5" among them, NaN, or a number beyond float32.
    """
    numbers = np.asarray(value) if hasattr(value, "__array__") else np.array(value, object)
    if numbers.dtype.kind not in "iuf":
        numbers = np.array([_real(name, item) for item in numbers.ravel().tolist()]).reshape(numbers.shape)
    if not np.isfinite(numbers).all():
        raise _unreal(name, numbers[~np.isfinite(numbers)].flat[0].item())
    return _as_float32(name, numbers)


def real_number(item: Any) -> float | None:
    """The real number that `item` is; None of others, True, "0.5" and 1e400 as a whole number among them."""
    if isinstance(item, (list, tuple)):  # of different lengths they are no array
        return None
    array = np.asarray(item)
    if array.dtype.kind in "bcmMSU" or array.ndim != 0:  # some of which float() takes for numbers
        return None
    try:
        return float(item)
    except (TypeError, ValueError, OverflowError):
        return None


def file_inputs(name: str, files: Any) -> np.ndarray:
    """The content of several files, as an array of bytes [B].

    Raises:
        ValueError: one file in place of several, none at all, or anything that is not bytes.
    """
    several = hasattr(files, "__iter__") and not isinstance(files, (str, *_BYTES))
    contents = list(np.asarray(files) if hasattr(files, "__array__") else files) if several else []
    wrong = [content for content in contents if not isinstance(content, _BYTES)]
    if not contents or wrong:
        got = _shown(wrong[0] if wrong else files)
        raise ValueError(f"{name}: expected a list of one or more files, each as bytes, got {got}.")
    array = np.empty(len(contents), object)  # NumPy's own strings lose zeros at their end
    array[:] = [bytes(content) for content in contents]
    return array


def _as_float32(name: str, numbers: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # the infinity is refused
        rounded = numbers.astype(np.float32)
    beyond = np.isinf(rounded) & np.isfinite(numbers)
    if beyond.any():
        raise _unreal(name, numbers[beyond].flat[0].item())
    return rounded


def _real(name: str, item: Any) -> float:
    number = real_number(item)
    if number is None:
        raise _unreal(name, item)
    return number


def _unreal(name: str, item: Any) -> ValueError:
    return ValueError(f"{name}: expected finite real numbers that float32 holds, got {_shown(item)}.")


def _rows(name: str, values: np.ndarray, rows: int) -> np.ndarray:
    if values.shape not in [(), (1,), (rows,)]:
        raise ValueError(f"{name}: expected one value for all, or {rows}, got an array of shape {values.shape}.")
    return np.ascontiguousarray(np.broadcast_to(values, (rows,)))


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 100 else f"{text[:100]}…"
