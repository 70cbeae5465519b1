"""Which class of a data set each output of a classifier stands for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.datasets.class_names import load_class_names
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.robustness.categories import check_indices, read_index_lists

NONE = -1
"""Of an output that stands for no class of the data set."""
IMAGENET_CLASSES = 1_000
WNID = re.compile(r"n\d{8}")
NO_IMAGENET_CLASS = "expected WordNet ids of ImageNet's 1,000 classes, got {}, which is none of them"
_IN9 = ("dog", "bird", "wheeled vehicle", "reptile", "carnivore", "insect", "musical instrument", "primate", "fish")
_IN9_TABLE = "imagenet_to_in9.json"


def class_map(classes: Sequence[str], file: str, classifier: Classifier) -> np.ndarray:
    """The class of each output.

    Args:
        classes: names of the folders, sorted.
        file: JSON, name of a class → output indices. Empty: for the nine classes of ImageNet-9, and for folders named
            by WordNet ids, those of a classifier of ImageNet's 1,000 classes; of a classifier that knows the names of
            its classes, the outputs of these names; of any other the outputs are the classes, in the order of their
            names, if they are as many, and no numbers that are in another order by size.
        classifier: whose outputs they are.

    Returns:
        int [K], the position among `classes`, or -1.

    Raises:
        CommandError: nothing says how they belong together, or a class has no output.
    """
    found = np.full(classifier.num_classes, NONE)
    if file:
        lists = read_index_lists(Path(file), "class_map")
        check_indices(lists, "class_map", classifier)
        if missing := [name for name in classes if name not in lists]:
            raise CommandError(
                f"`class_map`: {file}: expected outputs of every class, got none of {', '.join(missing)}."
            )
        for i, name in enumerate(classes):
            found[lists[name]] = i
    elif classifier.num_classes == IMAGENET_CLASSES and _are_in9(classes):
        table = json.loads(resources.files(__package__).joinpath(_IN9_TABLE).read_text(encoding="ascii"))
        for index, label in table.items():
            found[int(index)] = label
    elif classifier.num_classes == IMAGENET_CLASSES and all(map(WNID.fullmatch, classes)):
        indices = imagenet_indices()
        for i, name in enumerate(classes):
            if name not in indices:
                raise CommandError(f"`images`: {NO_IMAGENET_CLASS.format(name)}; `class_map` may say what it is.")
            found[indices[name]] = i
    elif (known := _by_name(classifier.class_names, classes)) is not None:
        found[:] = known
    elif classifier.num_classes == len(classes) and not classifier.class_names and not _count_otherwise(classes):
        found[:] = np.arange(len(classes))
    else:
        named = f" ({', '.join(classifier.class_names[:3])}, …)" if classifier.class_names else ""
        raise CommandError(
            f"`class_map`: {classifier.name} has {classifier.num_classes:,} outputs{named}, and the images are of "
            f"{len(classes)} classes ({', '.join(classes[:3])}{', …' if len(classes) > 3 else ''}); give a JSON file "
            "that says which outputs stand for each of them."
        )
    return found


def imagenet_indices() -> dict[str, int]:
    """WordNet id → index of each of ImageNet's 1,000 classes."""
    return {wnid: i for i, wnid in enumerate(load_class_names(IMAGENET_CLASSES).ids)}


def _by_name(outputs: Sequence[str], classes: Sequence[str]) -> list[int] | None:
    """The class of each output by its name, "sea lion" for the folder sea_lion; None where a class is no output's."""
    folders = {_plain(name): i for i, name in enumerate(classes)}
    if len(folders) < len(classes) or not folders.keys() <= set(map(_plain, outputs)):
        return None
    return [folders.get(_plain(name), NONE) for name in outputs]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name).casefold()


def _count_otherwise(classes: Sequence[str]) -> bool:
    """Whether names are numbers whose order is another than that of their digits, as of 2 and 10."""
    return all(name.isdecimal() for name in classes) and sorted(classes, key=int) != sorted(classes)


def _are_in9(classes: Sequence[str]) -> bool:
    """Whether folders are `00_dog` to `08_fish`."""
    named = [f"{i:02d} {name}" for i, name in enumerate(_IN9)]
    return [name.replace("_", " ").lower() for name in classes] == named
