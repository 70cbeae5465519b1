"""Some images of each class of a data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.contract import ImageDataset

_TOGETHER = 1_000
_FIRST = 256
_BLACK = -1.0


def class_pools(data: ImageDataset, size: int) -> np.ndarray:
    """The first images of each class, in the order of the data set.

    Args:
        data: the images; their class is the label of the shape.
        size: number of images of each class.

    Returns:
        float32 [classes, size, H, W, 3] in [-1, 1].

    Raises:
        ValueError: a class has fewer.
    """
    found: list[list[np.ndarray]] = [[] for _ in range(data.num_classes)]
    for batch in data.ordered(_TOGETHER).as_numpy_iterator():
        for image, label in zip(batch.image, batch.labels.shape, strict=True):
            if len(found[label]) < size:
                found[label].append(image)
        if all(len(pool) == size for pool in found):
            return np.array(found)
    raise ValueError(f"size: expected at most {min(map(len, found))} images of each class, got {size}.")


def class_examples(data: ImageDataset, classes: Sequence[int]) -> np.ndarray:
    """An image of each of some classes: the first one in a batch of 256 of step 0, else the first in order.

    Args:
        data: the images; their class is the label of the shape.
        classes: labels, in any order.

    Returns:
        float32 [C, H, W, 3] in [-1, 1], black where the data set has no image of a class.
    """
    missing = set(classes)
    found: dict[int, np.ndarray] = {}

    def look(images: np.ndarray, labels: np.ndarray) -> None:
        for label in missing & set(labels.tolist()):
            found[label] = images[np.argmax(labels == label)]
        missing.difference_update(found)

    first = data.batch(tf.constant(0, tf.int64), _FIRST)
    look(first.image.numpy(), first.labels.shape.numpy())
    if missing:
        for batch in data.ordered(_TOGETHER).as_numpy_iterator():
            look(batch.image, batch.labels.shape)
            if not missing:
                break
    black = np.full((data.image_size, data.image_size, 3), _BLACK, np.float32)
    return np.stack([found.get(label, black) for label in classes])
