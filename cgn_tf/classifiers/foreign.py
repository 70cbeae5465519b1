"""Somebody's own model as a `Classifier`: its input range, its outputs as heads, and a trial before the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from keras import ops

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.classifiers.foreign_options import ForeignOptions
from cgn_tf.classifiers.input_ranges import RANGES
from cgn_tf.errors import CommandError

_LEAST_PROBABILITY = 1e-30
"""Below it a probability counts as that: the smallest normal float32 is 1.2e-38."""
_SUM_WITHIN = 1e-3


class Foreign(NamedTuple):
    """A model as its file gave it.

    Attributes:
        name: what reports call it.
        what: the model in errors: "runs/model.keras".
        call: images in the model's own range, [B, S, S, 3] → a tensor, or several in a list or by name.
        shape: of the images as the file states it, with None for what may be anything; None: it states none.
        dtype: of the images.
        output_names: of several outputs that come as a list; empty: they have none.
        sha256: of the files.
    """

    name: str
    what: str
    call: Callable[[Any], Any]
    shape: Sequence[int | None] | None
    dtype: str
    output_names: Sequence[str]
    sha256: str


def foreign_classifier(model: Foreign, options: ForeignOptions) -> Classifier:
    """The classifier of a model, which has been tried on two images.

    Args:
        model: as its file gave it. Outputs [B, K] are one head each, named as the model names them; a single output
            [B, H, K] has H of them.
        options: what it expects and gives. Probabilities become their logarithms, those below 1e-30 that of 1e-30.

    Raises:
        CommandError: it takes no images [B, S, S, 3], its outputs are of other shapes, or evidently not what
            `classifier_outputs` says.
    """
    geometry = options.geometry(_declared_size(model), model.what)
    in_range = RANGES[options.classifier_range]

    def outputs(images: Any) -> Any:
        return model.call(tf.cast(in_range(images), model.dtype))

    trial = 2.0 * np.random.default_rng(0).random((2, geometry.size, geometry.size, 3), np.float32) - 1.0
    try:
        tried = outputs(tf.constant(trial))
    except Exception as error:  # whatever somebody's layers raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise CommandError(
            f"{model.what}: expected a model that takes images {list(trial.shape)}, got an error: {reason}"
        ) from error
    heads = _heads(tried, model)
    found = np.asarray(_stacked(tried))
    _check_outputs(found, options.classifier_outputs, model.what)
    of_probabilities = options.classifier_outputs == "probabilities"

    def network(images: Any) -> Any:
        values = ops.cast(_stacked(outputs(images)), "float32")
        return ops.log(ops.maximum(values, _LEAST_PROBABILITY)) if of_probabilities else values

    return Classifier(
        name=model.name,
        network=network,
        geometry=geometry,
        num_classes=found.shape[-1],
        heads=heads,
        weights_sha256=model.sha256,
        any_size=model.shape is not None and set(model.shape[1:3]) == {None},
    )


def _declared_size(model: Foreign) -> int | None:
    shape = model.shape
    if shape is None:
        return None
    if len(shape) != 4 or shape[3] not in (3, None) or shape[1] != shape[2]:
        shown = ", ".join("any" if one is None else str(one) for one in shape)
        raise CommandError(f"{model.what}: expected a model of square RGB images [B, S, S, 3], got one of [{shown}].")
    return shape[1]


def _in_order(outputs: Any) -> list[Any]:
    """The outputs one by one; those by name in the order of the names."""
    if isinstance(outputs, Mapping):
        return [outputs[name] for name in sorted(outputs)]
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def _heads(outputs: Any, model: Foreign) -> tuple[str, ...]:
    """Names of the heads, empty for a single one; CommandError for outputs that are none."""
    values = _in_order(outputs)
    shapes = [tuple(value.shape) for value in values]
    if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][1] > 1:
        return tuple(f"head{i}" for i in range(shapes[0][1]))
    if len(set(shapes)) != 1 or len(shapes[0]) not in (2, 3) or (len(shapes) > 1 and len(shapes[0]) == 3):
        shown = " and ".join(str(["B", *shape[1:]]).replace("'", "") for shape in shapes) or "none"
        raise CommandError(
            f"{model.what}: expected an output [B, K], one row of numbers an image, or several of one width, got "
            f"{shown}; cut the model behind its last dense layer."
        )
    if len(shapes) == 1:
        return ()
    if isinstance(outputs, Mapping):
        return tuple(sorted(outputs))
    named = len(set(model.output_names)) == len(shapes)
    return tuple(model.output_names) if named else tuple(f"head{i}" for i in range(len(shapes)))


def _stacked(outputs: Any) -> Any:
    """The outputs as [B, H, K]."""
    values = _in_order(outputs)
    return values[0] if len(values[0].shape) == 3 else ops.stack(values, axis=1)


def _check_outputs(values: np.ndarray, said: str, what: str) -> None:
    """Holds outputs to be what they are said to be, as far as two images can tell."""
    if not np.isfinite(values).all():
        raise CommandError(f"{what}: expected finite outputs, got NaN or an infinity for noise.")
    are_shares = bool((values >= 0.0).all() and (np.abs(values.sum(axis=-1) - 1.0) < _SUM_WITHIN).all())
    if are_shares is not (said == "probabilities"):
        got, other = ("sum to 1", "probabilities") if are_shares else ("do not sum to 1", "logits")
        raise CommandError(
            f"`classifier_outputs={said}`: {what} gives numbers that {got} for each image; set "
            f"`classifier_outputs={other}`."
        )
