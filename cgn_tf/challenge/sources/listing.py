"""The image files of a directory with a folder for each class, as items of a challenge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cgn_tf.challenge.config import ALL, BuildChallengeConfig
from cgn_tf.challenge.contract import Item
from cgn_tf.datasets.images.folder_listing import list_folder
from cgn_tf.errors import CommandError
from cgn_tf.segmentation.photographs import output_names

OWNER = (
    "The images belong to whoever owns the photographs that they were made of, under the licences of these; this "
    "program claims nothing of them, and passes no right on."
)
"""Whose the images of a user's photographs are."""
_SHOWN = 5


class ListedImages(NamedTuple):
    """Image files with their classes.

    Attributes:
        root: the directory.
        class_names: sorted.
        items: sorted; `file` is the path relative to `root`, with slashes.
    """

    root: Path
    class_names: tuple[str, ...]
    items: tuple[Item, ...]


def list_images(config: BuildChallengeConfig) -> ListedImages:
    """The files that `images`, `classes` and `split` name; none is opened.

    Raises:
        CommandError: as of `list_folder`; or no such split, or no such class.
    """
    root = Path(config.images)
    if not root.exists():
        raise CommandError(f"{root}: expected a folder of images for each class, got nothing; give another `images`.")
    listing = list_folder(config.images, 0.0, config.test_share)
    if config.split != ALL and config.split not in listing.splits:
        there = ", ".join(listing.splits)
        raise CommandError(
            f"{root}: expected images of `split={config.split}`, got those of {there} alone; choose one of them or "
            f"{ALL}, or give a `test_share`."
        )
    unknown = [name for name in config.classes if name not in listing.class_names]
    if unknown:
        raise CommandError(
            f"`classes`: expected some of {', '.join(listing.class_names[:_SHOWN])}"
            f"{'…' if len(listing.class_names) > _SHOWN else ''}, the folders of {root}, got {unknown[0]}."
        )
    wanted = tuple(name for name in listing.class_names if name in config.classes or not config.classes)
    indices = range(len(listing.names)) if config.split == ALL else map(int, listing.splits[config.split])
    both = bool(listing.given) and config.split == ALL
    chosen = [
        (listing.class_names[listing.labels[i]], listing.names[i])
        for i in indices
        if listing.class_names[listing.labels[i]] in wanted
    ]
    return ListedImages(root, wanted, named(chosen, listing.given != (), both))


def named(files: Sequence[tuple[str, str]], in_splits: bool, with_split: bool) -> tuple[Item, ...]:
    """Class and path of each file → items whose names no two of a class share.

    The name is the path without the folder of the class and the suffix, with "_" for slashes; the folder of the split
    is part of it where images of several splits are used.

    Args:
        files: class name, path relative to the directory.
        in_splits: whether paths begin with the folder of a split.
        with_split: whether that is a part of the name.
    """

    def flat(path: str) -> str:
        folders = path.split("/")
        inner = folders[2:] if in_splits else folders[1:]
        return "_".join([*folders[:1], *inner] if with_split else inner)

    outputs = output_names([f"{class_name}/{flat(path)}" for class_name, path in files])
    items = (
        Item(class_name, output.removeprefix(f"{class_name}/"), path)
        for (class_name, path), output in zip(files, outputs, strict=True)
    )
    return tuple(sorted(items))


def folder_name(text: str) -> str:
    """A class's name as that of a folder: "sea lion" is "sea_lion"."""
    return re.sub(r"[^\w.-]+", "_", text).strip("._") or "_"
