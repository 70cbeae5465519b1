"""Arrays as the JSON of TF Serving's REST interface, in its columnar form.

Numbers are JSON's, with NaN, Infinity and -Infinity, which that JSON has; bytes are {"b64": "..."}.
"""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np

from cgn_tf.serving.client.metadata import TensorSpec

_ERROR = re.compile(r'\s*\{\s*"error"\s*:\s*"(.*)"\s*\}\s*', re.DOTALL)
_ESCAPED = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)
_CONTROL = {"n": b"\n", "r": b"\r", "t": b"\t"}


def to_json(array: np.ndarray) -> Any:
    """`array` as nested lists; bytes as objects."""
    if array.dtype.kind not in "OSU":
        return array.tolist()
    return _strings(array.tolist())


def from_json(value: Any, spec: TensorSpec) -> np.ndarray:
    """The array of an output; strings are bytes, whichever way they were sent.

    Raises:
        ValueError, TypeError, OverflowError: it is not what `spec` says.
    """
    array = np.array(_bytes(value) if spec.dtype == np.object_ else value, spec.dtype)
    fits = spec.shape is None or (
        len(spec.shape) == array.ndim
        and all(size in (None, found) for size, found in zip(spec.shape, array.shape, strict=True))
    )
    if not fits:
        raise ValueError(f"expected shape {spec.shape}, got {array.shape}")
    return array


def error_message(body: str) -> str:
    """The sentence in `{ "error": "..." }`, whose escapes are C's: with a quote in it, that is no JSON."""
    match = _ERROR.fullmatch(body)
    if match is None:
        return body[:500] or "an empty body"

    def plain(escape: re.Match[str]) -> bytes:
        what = escape[1]
        return bytes([int(what, 8) & 255]) if len(what) == 3 else _CONTROL.get(what, what.encode())

    parts, end = [], 0
    for escape in _ESCAPED.finditer(match[1]):
        parts += [match[1][end : escape.start()].encode(), plain(escape)]
        end = escape.end()
    return b"".join([*parts, match[1][end:].encode()]).decode(errors="replace")


def _strings(value: Any) -> Any:
    if isinstance(value, list):
        return [_strings(item) for item in value]
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _bytes(value: Any) -> Any:
    if isinstance(value, list):
        return [_bytes(item) for item in value]
    if isinstance(value, dict):
        return base64.b64decode(value["b64"], validate=True)
    if isinstance(value, str):
        return value.encode()
    raise TypeError(f"expected a string, got {value!r}")
