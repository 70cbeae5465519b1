"""The categories between which shape and texture are told apart, and the outputs of a classifier that they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.errors import CommandError
from cgn_tf.files.json_file import read_json

Categories = Mapping[str, list[int]]
"""Name of a category → indices of a classifier's outputs."""

_OWN = "categories16_to_imagenet.json"
_EXPECTED = 'a JSON object of names with lists of output indices, {"cat": [281, 282]} for example'


def load_categories(file: str, classifier: Classifier) -> dict[str, list[int]]:
    """The categories, sorted by name, which decides ties.

    Args:
        file: JSON, name → output indices; empty: the 16 categories of Geirhos et al. with 207 classes of ImageNet.
        classifier: whose outputs they are.

    Raises:
        CommandError: the file cannot be read or holds something else, or the classifier has no such outputs.
    """
    if not file and classifier.num_classes != 1000:
        raise CommandError(
            f"`categories`: {classifier.name} has {classifier.num_classes:,} outputs, and the categories at hand are "
            f"of ImageNet's 1,000; give a file of your own, {_EXPECTED}."
        )
    found = read_index_lists(Path(file), "categories") if file else _own()
    check_indices(found, "categories", classifier)
    return dict(sorted(found.items()))


def read_index_lists(path: Path, option: str) -> dict[str, list[int]]:
    """A JSON file of names with lists of output indices.

    Args:
        path: of the file.
        option: that names it, for errors.

    Raises:
        CommandError: it cannot be read, or holds something else.
    """
    try:
        values = read_json(path)
    except ValueError as error:
        raise CommandError(f"`{option}`: {path}: expected {_EXPECTED}, got no JSON ({error}).") from error
    if not isinstance(values, dict) or not values or not all(map(_are_indices, values.values())):
        raise CommandError(f"`{option}`: {path}: expected {_EXPECTED}, got something else.")
    return {str(name): list(indices) for name, indices in values.items()}


def check_indices(lists: Categories, option: str, classifier: Classifier) -> None:
    """Holds all indices to be outputs of the classifier, each in one list.

    Raises:
        CommandError: they are not.
    """
    seen: dict[int, str] = {}
    for name, indices in lists.items():
        for index in indices:
            if index >= classifier.num_classes:
                raise CommandError(
                    f"`{option}`: expected indices below {classifier.num_classes:,}, which {classifier.name} has "
                    f"outputs, got {index} for {name}."
                )
            if index in seen:
                raise CommandError(f"`{option}`: expected each index once, got {index} for {seen[index]} and {name}.")
            seen[index] = name


def decided(probabilities: np.ndarray, categories: Categories) -> np.ndarray:
    """The category that each image is taken for: that with the highest mean probability of its outputs.

    The mean, not the sum, so that a category of many outputs gains nothing by it (Geirhos et al. 2019). Of equal means
    the first in the order of `categories` counts.

    Args:
        probabilities: [N, K].
        categories: at least one.

    Returns:
        Names, str [N].
    """
    means = np.stack([probabilities[:, indices].mean(axis=1) for indices in categories.values()], axis=1)
    names: np.ndarray = np.array(list(categories))[means.argmax(axis=1)]
    return names


def _own() -> dict[str, list[int]]:
    found: dict[str, list[int]] = json.loads(resources.files(__package__).joinpath(_OWN).read_text(encoding="ascii"))
    return found


def _are_indices(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(one) is int and one >= 0 for one in value)
