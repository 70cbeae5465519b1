"""Training, validation and test images told apart by their names alone, so that a new image moves no other."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

import numpy as np

SPLITS = ("train", "validation", "test")


def name_split(
    names: Sequence[str], labels: Sequence[int], validation_share: float, test_share: float
) -> dict[str, np.ndarray]:
    """Which elements belong to which split.

    The SHA-256 of a name is a number in [0, 1): the lowest `test_share` are test images, the next `validation_share`
    validation images, the rest training images. So no image changes its split when others come or go. One exception
    keeps every class trainable: of a class without a training image the one with the highest number becomes one.

    Args:
        names: different from each other; of files relative to the data's directory, with slashes. Unicode's composed
            and decomposed letters count as the same, since systems differ in which they write.
        labels: the class of each.
        validation_share: in [0, 0.5].
        test_share: in [0, 0.5].

    Returns:
        "train", "validation" and "test" → the sorted indices of their elements, int64.
    """
    numbers = np.array([_number(name) for name in names])
    classes = np.asarray(labels)
    in_test = numbers < test_share
    in_validation = ~in_test & (numbers < test_share + validation_share)
    in_train = ~in_test & ~in_validation
    for label in np.setdiff1d(classes, classes[in_train]):
        members = np.flatnonzero(classes == label)
        kept = members[np.argmax(numbers[members])]
        in_train[kept], in_test[kept], in_validation[kept] = True, False, False
    masks = zip(SPLITS, (in_train, in_validation, in_test), strict=True)
    return {split: np.flatnonzero(mask) for split, mask in masks}


def _number(name: str) -> float:
    """A name as a number in [0, 1), uniform over names."""
    digest = hashlib.sha256(unicodedata.normalize("NFC", name).encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:6]) / 2**48
