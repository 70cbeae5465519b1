"""How often a classifier of digits is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cgn_tf import keras_settings
from cgn_tf.datasets.contract import ImageDataset, LabelledBatch
from cgn_tf.types import Triplet

BATCH_SIZE = 500


def predictions(
    model: Callable[..., Any], data: ImageDataset, batch_size: int = BATCH_SIZE, limit: int | None = None
) -> np.ndarray:
    """The class that a model gives to each image.

    Args:
        model: images float32 [B, H, W, 3] in [-1, 1] → logits [B, K]; called with `training=False`.
        data: the images.
        batch_size: images at once.
        limit: only so many, the first ones; None: all.

    Returns:
        The class of the largest logit, int64 [N], in the order of the data.

    Raises:
        KerasSettingsError: the model is one of Keras under another backend than TensorFlow.
    """
    return _predicted(model, data, batch_size, limit)[0]


def correct(
    model: Callable[..., Any], data: ImageDataset, factor: str = "shape", limit: int | None = None
) -> np.ndarray:
    """Whether the class of each image, in order, or of the first `limit`, is its label of `factor`: bool [N]."""
    found, labels = _predicted(model, data, BATCH_SIZE, limit)
    hits: np.ndarray = found == getattr(labels, factor)
    return hits


def percent(hits: np.ndarray) -> float:
    """The share of the true among bool [N], N ≥ 1, in percent."""
    return 100.0 * float(hits.mean())


def short_percent(value: float) -> str:
    """A percentage for a sentence, without its sign: one decimal, and none where it is 0; "33.3", "10"."""
    return f"{value:.1f}".removesuffix(".0")


def _predicted(
    model: Callable[..., Any], data: ImageDataset, batch_size: int, limit: int | None
) -> tuple[np.ndarray, Triplet[np.ndarray]]:
    if isinstance(model, keras.Model):
        keras_settings.require_tensorflow("the accuracy of a network")

    @tf.function(autograph=False, reduce_retracing=True)
    def classes(images: Any) -> Any:
        return tf.argmax(model(images, training=False), axis=1)

    found, labels = [], []
    for batch in _first(data.ordered(batch_size), limit):
        found.append(classes(batch.image).numpy())
        labels.append([factor.numpy() for factor in batch.labels])
    return np.concatenate(found), Triplet(*(np.concatenate(factor) for factor in zip(*labels, strict=True)))


def _first(batches: tf.data.Dataset, limit: int | None) -> Iterator[LabelledBatch]:
    left = limit
    for batch in batches:
        if left is None:
            yield batch
            continue
        yield LabelledBatch(Triplet(*(factor[:left] for factor in batch.labels)), batch.image[:left])
        left -= len(batch.image)
        if left <= 0:
            return
