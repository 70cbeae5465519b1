"""Image sets that differ in their backgrounds, as ImageNet-9 lays them out (Xiao et al. 2020, arXiv 2006.09994)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.image_names import image_names
from cgn_tf.files.listing import names_in

SETS = ("original", "mixed_same", "mixed_rand", "mixed_next", "only_fg", "no_fg", "only_bg_b", "only_bg_t")
SAME, RANDOM, FOREGROUNDS, BACKGROUNDS = "mixed_same", "mixed_rand", "only_fg", "only_bg_t"
_FOREGROUND = re.compile(r"(?:fg_)?(.+?)(?:__?bg_.+)?")


class BackgroundSet(NamedTuple):
    """The images of one set.

    Attributes:
        root: the directory with a folder for each class.
        names: CLASS/file, relative to it; sorted.
        labels: int [N], the class of each.
    """

    root: Path
    names: list[str]
    labels: np.ndarray

    @property
    def files(self) -> list[Path]:
        """The N files."""
        return [self.root / name for name in self.names]

    @property
    def foregrounds(self) -> list[str]:
        """What tells the foreground of each image: its class and its name, without that of the background."""
        return [foreground_of(name) for name in self.names]


class BackgroundSets(NamedTuple):
    """All sets of a directory.

    Attributes:
        root: the directory.
        classes: names of the class folders, sorted; a label is a position among them.
        sets: name, in the order of `SETS` → images.
    """

    root: Path
    classes: list[str]
    sets: Mapping[str, BackgroundSet]


def foreground_of(name: str) -> str:
    """CLASS/fg_n02099601_7304_bg_n02098105_2900.JPEG → CLASS/n02099601_7304, and likewise without a background.

    The build_challenge command writes two underscores in front of the background: CLASS/7304__bg_dog_2900.png.
    """
    path = Path(name)
    match = _FOREGROUND.fullmatch(path.stem)
    return f"{path.parent.as_posix()}/{match[1] if match else path.stem}"


def find_sets(root: Path) -> BackgroundSets:
    """The sets below a directory: SET/val/CLASS/… or SET/CLASS/….

    Raises:
        CommandError: neither `original` nor both `mixed_same` and `mixed_rand` are there, a set without images, images
            in no folder of a class, sets of different classes, or a class whose name cannot be shown.
    """
    present = [name for name in SETS if (root / name).is_dir()]
    if "original" not in present and not {SAME, RANDOM} <= set(present):
        got = ", ".join(present or names_in(root)[:5]) or "nothing"
        raise CommandError(
            f"`images`: expected a directory with the folder original, or with {SAME} and {RANDOM}, as ImageNet-9 has "
            f"them, got {root} with {got}."
        )
    roots = {name: root / name / "val" if (root / name / "val").is_dir() else root / name for name in present}
    names = {name: image_names(place, "images") for name, place in roots.items()}
    for name, found in names.items():
        if stray := next((one for one in found if "/" not in one), None):
            raise CommandError(
                f"{roots[name] / stray}: expected images in a folder for each class, got one beside them."
            )
    by_set = {name: sorted({one.partition("/")[0] for one in found}) for name, found in names.items()}
    classes = by_set[present[0]]
    for name, own in by_set.items():
        if different := sorted(set(classes) ^ set(own)):
            raise CommandError(
                f"{roots[name]}: expected the classes of {roots[present[0]]}, which differ in {', '.join(different)}."
            )
    if wrong := [name for name in classes if not name.isprintable()]:
        raise CommandError(f"{roots[present[0]]}: expected folders with names in UTF-8, got {wrong[0]!a}; rename it.")
    places = {name: i for i, name in enumerate(classes)}
    sets = {
        name: BackgroundSet(roots[name], found, np.array([places[one.partition("/")[0]] for one in found]))
        for name, found in names.items()
    }
    return BackgroundSets(root, classes, sets)
