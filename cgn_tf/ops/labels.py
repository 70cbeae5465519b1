"""Class labels, and checks of them where their values are known."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops


def as_labels(labels: Any, num_classes: int, factor: str) -> Any:
    """Labels as an int32 tensor [B]; values are checked wherever they are concrete (not while a graph is traced).

    Raises:
        ValueError: a label outside [0, num_classes), a label that is not an integer, or not one dimension, as one-hot
            labels have two.
    """
    if not hasattr(labels, "dtype"):
        labels = np.asarray(labels)
    is_integer = "int" in str(labels.dtype)
    if len(labels.shape) == 2 and (labels.shape[1] == num_classes or not is_integer):
        dtype = getattr(labels.dtype, "name", labels.dtype)
        raise ValueError(
            f"{factor} labels: expected integer labels [B], got {dtype} {list(labels.shape)}; of one-hot labels give "
            "np.argmax(one_hot, axis=1), embeddings of labels as `embeddings`."
        )
    if not is_integer:
        raise ValueError(f"{factor} labels: expected integers in [0, {num_classes}), got dtype {labels.dtype}.")
    if len(labels.shape) != 1:
        raise ValueError(f"{factor} labels: expected shape [B], got {tuple(labels.shape)}.")
    try:
        values = np.asarray(labels)
    except (NotImplementedError, TypeError):  # a symbolic tensor of TensorFlow or JAX has no values yet
        values = None
    if values is not None and values.size and (values.min() < 0 or values.max() >= num_classes):
        wrong = values[(values < 0) | (values >= num_classes)]
        raise ValueError(f"{factor} labels: expected values in [0, {num_classes}), got {wrong[:5].tolist()}.")
    return ops.cast(labels, "int32")


def is_embedded(labels: Any) -> bool:
    """Whether these have the type and the shape of embeddings, float [B, e], and not those of labels, int [B]."""
    return "float" in str(getattr(labels, "dtype", "")) and len(labels.shape) == 2
