"""A batch computed in parts, so that only one part's activations are in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf


def summed_over_parts(
    compute: Callable[[Mapping[str, Any]], Any], batch: Mapping[str, Any], parts: int, zeros: Any
) -> Any:
    """Σ compute(part) over `parts` equal parts of the batch, one after the other.

    Args:
        compute: from a part of the batch to a structure of tensors, which must add up (shares of global means do).
        batch: tensors [B, …], B a multiple of `parts`.
        parts: number of parts.
        zeros: the structure that `compute` returns, of zeros; so that a graph holds `compute` once.

    Returns:
        The structure that `compute` returns.

    Raises:
        ValueError: the batch has no such equal parts.
    """

    def part(index: Any) -> dict[str, Any]:
        return tf.nest.map_structure(lambda value: _rows(value, index, parts), dict(batch))

    def add(index: Any, total: Any) -> tuple[Any, Any]:
        return index + 1, tf.nest.map_structure(tf.add, total, compute(part(index)))

    # one part after the other, also where a loop's rounds could overlap: memory for one is what parts are for
    return tf.while_loop(lambda index, _: index < parts, add, (tf.constant(0), zeros), parallel_iterations=1)[1]


def _rows(value: Any, index: Any, parts: int) -> Any:
    size, rest = divmod(value.shape[0], parts)
    if rest:
        raise ValueError(f"micro_batches: expected a divisor of a replica's {value.shape[0]} images, got {parts}.")
    rows = value[index * size : (index + 1) * size]
    rows.set_shape((size, *value.shape[1:]))
    return rows
