"""Requests to the exported models of `conftest`, right and wrong ones."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

MAX_ROWS = 8
MAX_PIXELS = 64 * 64
CLASSES, NOISE_DIM = 5, 8
FACTORS = ("shape_label", "texture_label", "background_label")
CGN_SIGNATURES = ("serving_default", "mechanisms", "sample", "png", "interpolate")

Request = dict[str, np.ndarray]


def labels(rows: int, seed: int = 0, prefix: str = "", classes: int = CLASSES) -> Request:
    random = np.random.default_rng(seed)
    return {f"{prefix}{name}": random.integers(0, classes, rows) for name in FACTORS}


def noise(rows: int, seed: int = 0, columns: int = NOISE_DIM) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)


def truncation(rows: int) -> Request:
    return {"truncation": np.linspace(1.0, 0.4, rows, dtype=np.float32)}


def right(signature: str, rows: int, seed: int = 0) -> Request:
    """A right one to the CGN."""
    if signature == "interpolate":
        ends = {"start_noise": noise(rows, seed), "end_noise": noise(rows, seed + 100)}
        ends |= labels(rows, seed, "start_") | labels(rows, seed + 100, "end_")
        return ends | {"fraction": np.linspace(0.0, 1.0, rows, dtype=np.float32)} | truncation(rows)
    drawn = {"noise": noise(rows, seed)} if signature in ("serving_default", "mechanisms") else {}
    return (drawn or {"seed": np.arange(rows) * 1000 - 3 + seed}) | labels(rows, seed) | truncation(rows)


def call(signature: Any, given: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {k: v.numpy() for k, v in signature(**{k: tf.constant(v) for k, v in given.items()}).items()}


def rows_of(given: Request, rows: slice) -> Request:
    return {name: values[rows] for name, values in given.items()}


def changed(given: Request, **replaced: Any) -> Request:
    """With other inputs, of the same type unless they are arrays themselves."""
    arrays = {k: v if isinstance(v, np.ndarray) else np.array(v, given[k].dtype) for k, v in replaced.items()}
    return given | arrays


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def encoded(image: np.ndarray, kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).convert(mode).save(file, kind, **options)
    return file.getvalue()


def files(*contents: bytes) -> Request:
    """A request to the classifier."""
    return {"image_bytes": np.array(contents, object)}


DEFAULT = right("serving_default", 4)
NUMBER_OF_ROWS = "expected one value for each row of noise, shape] [4]"
WRONG: dict[str, tuple[str, Request, str]] = {
    "narrow noise": (
        "serving_default",
        changed(DEFAULT, noise=DEFAULT["noise"][:, :7]),
        "[noise: expected shape [B, 8], got] [4 7]",
    ),
    "flat noise": (
        "mechanisms",
        changed(DEFAULT, noise=DEFAULT["noise"][:, 0]),
        "[noise: expected shape [B, 8], got] [4]",
    ),
    "NaN": (
        "serving_default",
        changed(DEFAULT, noise=np.where(np.arange(4)[:, None] == 1, np.nan, DEFAULT["noise"]).astype(np.float32)),
        "[noise: expected finite numbers, got NaN or infinity in rows] [1]",
    ),
    "infinity": (
        "mechanisms",
        changed(DEFAULT, noise=np.where(np.arange(4)[:, None] % 3 == 0, -np.inf, DEFAULT["noise"]).astype(np.float32)),
        "got NaN or infinity in rows] [0 3]",
    ),
    "large label": (
        "serving_default",
        changed(DEFAULT, shape_label=[5, 0, 0, 0]),
        "[shape_label: expected labels in [0, 5), got] [5]",
    ),
    "negative label": (
        "sample",
        changed(right("sample", 4), texture_label=[0, 0, 0, -1]),
        "[texture_label: expected labels in [0, 5), got] [-1]",
    ),
    "label beyond int32": (
        "png",
        changed(right("png", 4), background_label=[0, 0, 0, 2**32]),
        "[background_label: expected labels in [0, 5), got] [4294967296]",
    ),
    "fewer labels": (
        "serving_default",
        changed(DEFAULT, shape_label=[0] * 3),
        f"[shape_label: {NUMBER_OF_ROWS} [got] [3]",
    ),
    "one label": ("mechanisms", changed(DEFAULT, texture_label=[0]), f"[texture_label: {NUMBER_OF_ROWS} [got] [1]"),
    "a column of labels": (
        "serving_default",
        changed(DEFAULT, background_label=[[0]] * 4),
        f"[background_label: {NUMBER_OF_ROWS} [got] [4 1]",
    ),
    "a label without rows": (
        "serving_default",
        changed(DEFAULT, background_label=0),
        f"[background_label: {NUMBER_OF_ROWS} [got] []",
    ),
    "truncation 0": (
        "serving_default",
        changed(DEFAULT, truncation=[1, 0, 1, 1]),
        "[truncation: expected values in (0, 1], got] [0]",
    ),
    "truncation above 1": (
        "sample",
        changed(right("sample", 2), truncation=[-0.5, 1.001]),
        "[truncation: expected values in (0, 1], got] [-0.5 1.001]",
    ),
    "truncation NaN": (
        "png",
        changed(right("png", 2), truncation=[np.nan, 1]),
        "[truncation: expected values in (0, 1], got] [nan]",
    ),
    "fewer truncations": ("mechanisms", changed(DEFAULT, truncation=[1]), f"[truncation: {NUMBER_OF_ROWS} [got] [1]"),
    "a matrix of seeds": (
        "sample",
        changed(right("sample", 2), seed=[[1, 2], [3, 4]]),
        "[seed: expected shape [B], got] [2 2]",
    ),
    "fewer seeds": (
        "png",
        changed(right("png", 2), seed=[1]),
        "[shape_label: expected one value for each row of seed, shape] [1] [got] [2]",
    ),
    "fraction": (
        "interpolate",
        changed(right("interpolate", 2), fraction=[0.5, 1.5]),
        "[fraction: expected values in [0, 1], got] [1.5]",
    ),
    "fraction NaN": (
        "interpolate",
        changed(right("interpolate", 2), fraction=[np.nan, -0.1]),
        "[fraction: expected values in [0, 1], got] [nan -0.1]",
    ),
    "fewer ends": (
        "interpolate",
        changed(right("interpolate", 2), end_noise=noise(1)),
        "[end_noise: expected 8 values for each row of start_noise, shape] [2 8] [got] [1 8]",
    ),
    "an end that is infinite": (
        "interpolate",
        changed(right("interpolate", 2), end_noise=np.full((2, 8), np.inf, np.float32)),
        "[end_noise: expected finite numbers, got NaN or infinity in rows] [0 1]",
    ),
    "an end's label": (
        "interpolate",
        changed(right("interpolate", 2), end_shape_label=[0, 9]),
        "[end_shape_label: expected labels in [0, 5), got] [9]",
    ),
    **{
        f"{rows} rows of {name}": (name, right(name, rows), f"[expected 1 to 8 rows, got] [{rows}]")
        for name in CGN_SIGNATURES
        for rows in (0, 9)
    },
}
"""Kind → signature, request, and what the message says."""
