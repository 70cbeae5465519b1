"""Images as they are, in front of networks that take them so."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.classifiers.predictions import Prepare, decoded_batches
from cgn_tf.errors import CommandError


def own_size(classifier: Classifier, first: Path, resize: bool) -> tuple[Prepare, int]:
    """How the images of several sets become what a classifier sees.

    Args:
        classifier: any.
        first: one of the images, whose size all have to have where none is resized.
        resize: whether the classifier's own geometry is wanted in any case.

    Returns:
        uint8 [H, W, 3] → uint8 [S, S, 3], and S: the images' own size where the network takes it and `resize` is not
        set; else that of the classifier's geometry.

    Raises:
        CommandError: the file is no image. The function raises it for an image of another size than the first.
    """
    ((height, width, _),) = (batch.shape[1:] for batch in decoded_batches([first], lambda image: image, 1))
    size = classifier.geometry.size
    takes_it = height == width and (classifier.any_size or height == size)
    if resize or not takes_it:
        return classifier.geometry.square, size

    def as_it_is(image: np.ndarray) -> np.ndarray:
        if image.shape[:2] != (height, width):
            raise CommandError(
                f"expected images of {height}×{width} pixels, as the first is, got one of {image.shape[0]}×"
                f"{image.shape[1]}; set `resize`, which brings all to what {classifier.name} expects."
            )
        return image

    return as_it_is, height
