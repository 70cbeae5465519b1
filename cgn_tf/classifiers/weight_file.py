"""The file of a classifier's weights."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.files.contents import digest_of


def checked_weights(classifier: str, weights: str, expected: str) -> str:
    """Holds `classifier_weights` to name a file that is there.

    Args:
        classifier: name of the kind of classifier, for errors.
        weights: what the option says.
        expected: what it takes, for errors.

    Returns:
        The sha256 of the file.

    Raises:
        CommandError: it names none, or the file is missing or cannot be read.
    """
    if not Path(weights).is_file():  # also of ""
        got = f"got {weights}, where there is no file" if weights else "got none"
        raise CommandError(f"`classifier_weights`: `classifier={classifier}` expects {expected}, {got}.")
    return digest_of("classifier_weights", [Path(weights)])


def array_digest(arrays: Iterable[np.ndarray]) -> str:
    """The sha256 of weights in memory, for those that come from no file that the user named."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
