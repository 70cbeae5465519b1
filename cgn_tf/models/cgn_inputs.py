"""Noise, labels and truncation of a CGN, checked and as tensors."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from cgn_tf.ops.labels import as_labels, is_embedded
from cgn_tf.ops.truncation import checked_truncation
from cgn_tf.types import Triplet


class Inputs(NamedTuple):
    """What the mechanisms of a CGN are called with: tensors.

    Attributes:
        noise: float32 [B, d] a factor, standard.
        conditions: labels int32 [B] a factor, or embeddings float [B, e].
        offsets: int [B, 2, 2]; None: no shift.
        truncation: float32, [] or [B] a factor; None: the noise is taken as it is, and no mechanism normalises by one.
    """

    noise: Triplet[Any]
    conditions: Triplet[Any]
    offsets: Any
    truncation: Triplet[Any] | None


def checked_inputs(
    cgn: Any, noise: Any, labels: Any, embeddings: Any, offsets: Any, truncation: Any, images_per_mask: int
) -> Inputs:
    """The inputs of a call; for what each may be and what is refused see `cgn_tf.models.cgn.CGN.__call__`."""
    if offsets is not None and not cgn.shuffles:
        raise ValueError("offsets were given, but this model has no shuffler; pass offsets=None.")
    noises = _as_noises(noise, cgn.noise_dim)
    conditions = as_conditions(labels, embeddings, cgn.num_classes, cgn.embedding_dim, noises)
    if truncation is None and cgn.takes_truncation:
        truncation = 1.0
    truncations = None if truncation is None else _as_truncations(truncation, cgn.mechanisms)
    offsets = None if offsets is None else ops.convert_to_tensor(offsets)
    several = images_per_mask != 1
    given = _named("noise", noise, noises, several)
    given |= _named("labels", labels, conditions, several) if embeddings is None else {}
    given |= {} if embeddings is None else _named("embeddings", embeddings, conditions, several)
    given |= {} if offsets is None else {"offsets": offsets}
    given |= {} if truncations is None else _named("truncation", truncation, truncations, several)
    _check_rows(given, images_per_mask)
    return Inputs(noises, conditions, offsets, truncations)


def as_conditions(
    labels: Any, embeddings: Any, num_classes: int, width: int | None, noises: Triplet[Any] | None = None
) -> Triplet[Any]:
    """Labels int [B] a factor, or embeddings float [B, e] in their place, of one or a `Triplet`; the other is None.

    Args:
        labels: in [0, num_classes).
        embeddings: of the width e.
        num_classes: of the model.
        width: e, where the CGN knows it; None: each mechanism does.
        noises: [B, d]; with them a label may be an int, which stands for all rows of its factor.

    Raises:
        ValueError: both, neither, or ones of another range, type or shape.
    """
    if (labels is None) == (embeddings is None):
        raise ValueError(f"expected either labels or embeddings, got {'neither' if labels is None else 'both'}.")
    if embeddings is None:
        rows = Triplet.same(None) if noises is None else noises
        given = zip(_factors(labels), Triplet._fields, rows, strict=True)
        return Triplet(*(_as_labels(y, num_classes, factor, of) for y, factor, of in given))
    found = Triplet(*map(ops.convert_to_tensor, _factors(embeddings)))
    for factor, one in zip(Triplet._fields, found, strict=True):
        if not is_embedded(one) or width not in (None, one.shape[1]):
            raise ValueError(
                f"{factor} embeddings: expected floats [B, {width or 'e'}], as `embed` makes them of labels, got "
                f"{keras.backend.standardize_dtype(one.dtype)} {list(one.shape)}."
            )
    return found


def _as_noises(noise: Any, noise_dim: int) -> Triplet[Any]:
    """Noise [B, d] a factor, float32, of one or a `Triplet`; ValueError where it is complex or of another width."""
    given = _factors(noise)
    for factor, values in zip(Triplet._fields, given, strict=True):
        dtype = str((values if hasattr(values, "dtype") else ops.convert_to_tensor(values)).dtype)
        if "complex" in dtype:  # a conversion would drop the imaginary part
            raise ValueError(f"{factor} noise: expected real numbers [B, {noise_dim}], got complex ones.")
    found = Triplet(*(ops.convert_to_tensor(values, dtype="float32") for values in given))
    for factor, values in zip(Triplet._fields, found, strict=True):
        if len(values.shape) != 2 or values.shape[1] != noise_dim:
            raise ValueError(f"{factor} noise: expected shape [B, {noise_dim}], got {tuple(values.shape)}.")
    return found


def _as_labels(labels: Any, num_classes: int, factor: str, noise: Any) -> Any:
    """Labels int32 [B] of a factor; one int is the label of all rows of its noise [B, d], where there is one."""
    if noise is None or len(_shape(labels)) != 0:
        return as_labels(labels, num_classes, factor)
    one = ops.reshape(labels, (1,)) if ops.is_tensor(labels) else np.reshape(labels, (1,))
    rows = ops.shape(noise)[0]  # a tensor where a graph does not know it
    return ops.broadcast_to(as_labels(one, num_classes, factor), (rows,))


def _as_truncations(truncation: Any, mechanisms: Triplet[Any]) -> Triplet[Any]:
    """A truncation a factor, [] or [B], of one or a `Triplet`: at most 1 where the mechanism normalises by it."""
    ends = [1.0 if mechanism.takes_truncation else math.inf for mechanism in mechanisms]
    if not isinstance(truncation, Triplet):
        return Triplet.same(checked_truncation(truncation, min(ends)))
    given = zip(truncation, ends, Triplet._fields, strict=True)
    return Triplet(*(checked_truncation(t, end, f"{factor} truncation") for t, end, factor in given))


def _named(what: str, given: Any, values: Triplet[Any], separate: bool) -> dict[str, Any]:
    """The values by the name of what was given: one name of all factors where one stands for them."""
    if separate or isinstance(given, Triplet):
        return {f"{factor} {what}": value for factor, value in zip(Triplet._fields, values, strict=True)}
    return {what: values.shape}


def _check_rows(given: dict[str, Any], images_per_mask: int) -> None:
    """Holds all rows to the same number, as far as they are known.

    With `images_per_mask` above 1, texture, background and offsets have that many rows for each of the shape.

    Raises:
        ValueError: no rows, or other numbers of them.
    """
    if images_per_mask < 1:
        raise ValueError(f"images_per_mask: expected at least 1, got {images_per_mask}.")
    rows = {name: shape[0] for name, shape in ((name, _shape(values)) for name, values in given.items()) if shape}
    rows = {name: count for name, count in rows.items() if count is not None}  # a graph does not know them all
    for name, count in rows.items():
        if count == 0:
            raise ValueError(f"{name}: expected at least 1 row, got 0.")
    if images_per_mask == 1:
        _check_equal(rows)
    elif "shape noise" in rows:
        _check_multiples(rows, rows["shape noise"], images_per_mask)


def _check_equal(rows: dict[str, int]) -> None:
    first, expected = next(iter(rows.items()), ("", 0))  # none, where a graph knows none
    for name, count in rows.items():
        if count != expected:
            advice = ", or one int as the label of all images" if name.endswith("labels") else ""
            raise ValueError(
                f"{name}: expected {expected} rows, as many as the {first}, got {count}; give one row per image"
                f"{advice}."
            )


def _check_multiples(rows: dict[str, int], shapes: int, images_per_mask: int) -> None:
    for name, count in rows.items():
        expected = shapes if name.startswith("shape") else shapes * images_per_mask
        if count != expected:
            raise ValueError(
                f"{name}: expected {expected} rows for {shapes} shapes and images_per_mask={images_per_mask}, got "
                f"{count}."
            )


def _factors(given: Any) -> Triplet[Any]:
    return given if isinstance(given, Triplet) else Triplet.same(given)


def _shape(values: Any) -> tuple[Any, ...]:
    return tuple(values.shape) if hasattr(values, "shape") else np.shape(values)
