"""Some images of each class of a data set."""

from __future__ import annotations

import numpy as np

from cgn_tf.datasets.contract import ImageDataset

_TOGETHER = 1_000


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
