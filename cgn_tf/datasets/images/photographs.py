"""Decoded images as a split of a data set of photographs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgn_tf.datasets.contract import SplitRequest
from cgn_tf.datasets.images.name_split import SPLITS
from cgn_tf.datasets.images.reading import Decoded
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.types import Triplet


def check_request(request: SplitRequest, dataset: str) -> None:
    """Holds a request to be one that photographs can fulfil.

    Raises:
        ConfigError: it asks for environments.
        ValueError: it asks for an unknown split.
    """
    if request.split not in SPLITS:
        raise ValueError(f"split: expected one of {', '.join(SPLITS)}, got {request.split!r}.")
    if request.environments:
        raise ConfigError(
            f"`environments`: expected none for `dataset={dataset}`, got {len(request.environments)}: the texture and "
            "the background of a photograph cannot be chosen."
        )


def photographs(
    decoded: Decoded, labels: np.ndarray, request: SplitRequest, class_names: Sequence[str], place: str
) -> StoredImages:
    """The split of decoded images, whose labels of all three factors are the class.

    Args:
        decoded: of the split.
        labels: int [N], the class of each file; those of skipped ones, too.
        request: which split.
        class_names: of all classes.
        place: names the data in errors.

    Raises:
        CommandError: no image is left, or of a class of the training split none.
    """
    own = labels[decoded.kept]
    if not len(own):
        raise CommandError(f"{place}: expected images for {request.split}, got none that can be read.")
    missing = [name for label, name in enumerate(class_names) if label not in own]
    if request.split == "train" and missing:
        raise CommandError(
            f"{place}: expected a training image of every class, got none of {', '.join(missing[:3])}"
            f"{f' and {len(missing) - 3} more' if len(missing) > 3 else ''}; add images that can be read, or remove "
            "the class."
        )
    return StoredImages(decoded.images, Triplet.same(own), request.seed, len(class_names), class_names)
