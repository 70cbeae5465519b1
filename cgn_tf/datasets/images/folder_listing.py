"""The image files of a directory with a folder for each class, by split: names alone, no image is read."""

from __future__ import annotations

import os
import posixpath
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cgn_tf.datasets.images.name_split import SPLITS, name_split
from cgn_tf.errors import CommandError

_SPLIT_FOLDERS = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}
_OF_SYSTEMS = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
_EXPECTED = "expected a folder of images for each class"
_SHOWN = 5


class FolderListing(NamedTuple):
    """What a directory of images holds.

    Attributes:
        root: the directory.
        class_names: names of the class folders, sorted; a label is a position among them.
        names: of the files, relative to `root`, with slashes; sorted.
        labels: int32 [N], the class of each.
        splits: "train", "validation" and "test" → indices of their files; of splits without a file no entry.
        strays: names, relative to `root`, of files that lie beside folders of classes and belong to none.
        given: the splits that have a folder of their own; empty where all are told apart by names.
    """

    root: Path
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    labels: np.ndarray
    splits: Mapping[str, np.ndarray]
    strays: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def list_folder(data_dir: str, validation_share: float, test_share: float) -> FolderListing:
    """Lists a directory, which has one of two layouts.

    DIR/CLASS/…: each folder is a class, and `name_split` divides its files. DIR/train/CLASS/…, where all folders of DIR
    are called train, validation (or val) or test, in capitals or not, and train is among them: these are the splits,
    with the classes of train; a split that is not there is taken from train by `name_split`. Files may lie deeper than
    in the class folder. Names that begin with a dot, and what systems leave (Thumbs.db, desktop.ini, __MACOSX), are
    passed over.

    Args:
        data_dir: the directory.
        validation_share: of images, where there is no folder for validation.
        test_share: of images, where there is no folder for tests.

    Raises:
        CommandError: no directory, one that cannot be read, no folders of classes, an empty one, classes that training
            images lack, or folders of train and of another split beside others.
    """
    if not data_dir:
        raise CommandError(f"`data_dir`: {_EXPECTED}, got no directory; for example `data_dir=photos`.")
    root = Path(data_dir)
    folders, strays = _folders(root)
    if _are_splits(root, folders):
        return _listed_by_split(root, folders, strays, validation_share, test_share)
    names, labels = _listed(root, [(folder, label) for label, folder in enumerate(folders)])
    splits = name_split(names, labels, validation_share, test_share)
    return _listing(root, _class_names(root, folders), names, labels, splits, strays)


def _are_splits(root: Path, folders: list[str]) -> bool:
    """Whether folders are splits, and no classes; CommandError where some of them can be nothing but splits."""
    splits = {folder: _SPLIT_FOLDERS[folder.lower()] for folder in folders if folder.lower() in _SPLIT_FOLDERS}
    if "train" not in splits.values():
        return False
    others = [folder for folder in folders if folder not in splits]
    if others and len(set(splits.values())) > 1:
        raise CommandError(
            f"{root}: expected folders of classes, or folders train, validation (or val) and test alone, got "
            f"{_shown(list(splits))} beside {_shown(others)}; take {_shown(others)} out, or rename the folders of "
            "splits if they are classes."
        )
    return not others


def _by_split(root: Path, folders: list[str]) -> dict[str, str]:
    """The folder of each split; CommandError where one has two."""
    given: dict[str, str] = {}
    for folder in folders:
        split = _SPLIT_FOLDERS[folder.lower()]
        if split in given:
            two = sorted((given[split], folder), reverse=True)
            raise CommandError(f"{root}: expected a folder {two[0]} or {two[1]}, got both; join them.")
        given[split] = folder
    return given


def _listing(
    root: Path,
    class_names: tuple[str, ...],
    names: list[str],
    labels: list[int],
    splits: dict[str, np.ndarray],
    strays: list[str],
) -> FolderListing:
    found = {split: indices for split, indices in splits.items() if len(indices)}
    return FolderListing(root, class_names, tuple(names), np.array(labels, np.int32), found, tuple(strays))


def _listed_by_split(
    root: Path, folders: list[str], strays: list[str], validation_share: float, test_share: float
) -> FolderListing:
    given = _by_split(root, folders)
    training = root / given["train"]
    classes, _ = _folders(training)
    names: list[str] = []
    labels: list[int] = []
    splits: dict[str, np.ndarray] = {}
    for split in (split for split in SPLITS if split in given):
        own, beside = _folders(root / given[split])
        strays = [*strays, *(f"{given[split]}/{name}" for name in beside)]
        if unknown := [name for name in own if name not in classes]:
            raise CommandError(
                f"{root / given[split]}: expected the classes of {training}, got {_shown(unknown)} besides; give "
                "them training images, or take them out."
            )
        found = _listed(root, [(f"{given[split]}/{name}", classes.index(name)) for name in own])
        splits[split] = np.arange(len(names), len(names) + len(found[0]))
        names, labels = names + found[0], labels + found[1]
    in_train = splits["train"]
    shares = (0.0 if "validation" in given else validation_share, 0.0 if "test" in given else test_share)
    taken = name_split([names[i] for i in in_train], [labels[i] for i in in_train], *shares)
    splits = {split: in_train[taken[split]] for split in SPLITS} | {s: splits[s] for s in splits if s != "train"}
    listing = _listing(root, _class_names(training, classes), names, labels, splits, strays)
    return listing._replace(given=tuple(given))


def _folders(place: Path) -> tuple[list[str], list[str]]:
    """Names of the folders in `place`, and of the files beside them; CommandError where there is no folder."""
    folders: list[str] = []
    files: list[str] = []
    for entry in _entries(place):
        (folders if _is_folder(entry) else files).append(entry.name)
    if not folders:
        got = f"files alone ({_shown(files)})" if files else "an empty directory"
        raise CommandError(f"{place}: {_EXPECTED}, got {got}; make one, for example {place / 'cat'}.")
    return folders, files


def _class_names(place: Path, folders: list[str]) -> tuple[str, ...]:
    names = tuple(unicodedata.normalize("NFC", folder) for folder in folders)
    if len(set(names)) < len(names):
        raise CommandError(f"{place}: expected different names of classes, got two that look alike; rename one.")
    try:
        "".join(names).encode()
    except UnicodeEncodeError:
        wrong = next(name for name in names if not name.isprintable())
        raise CommandError(f"{place}: expected folders with names in UTF-8, got {wrong!a}; rename it.") from None
    return names


def _listed(root: Path, folders: list[tuple[str, int]]) -> tuple[list[str], list[int]]:
    """Names of the files below folders of `root`, and their labels; CommandError where a folder has none."""
    names: list[str] = []
    labels: list[int] = []
    for folder, label in folders:
        found = sorted(files_below(root, folder))
        if not found:
            raise CommandError(f"{root / folder}: expected images of a class, got no file; add some, or remove it.")
        names += found
        labels += [label] * len(found)
    return names, labels


def files_below(root: Path, folder: str = "") -> list[str]:
    """Names relative to `root`, with slashes, of all files below a folder of it, or below itself.

    Passed over is what `list_folder` passes over.

    Raises:
        CommandError: a folder cannot be read.
    """
    found: list[str] = []
    pending, seen = [folder], set()
    while pending:
        place = pending.pop()
        if (real := os.path.realpath(root / place)) in seen:  # a link that leads back
            continue
        seen.add(real)
        for entry in _entries(root / place):
            (pending if _is_folder(entry) else found).append(posixpath.join(place, entry.name))
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder; a link that leads nowhere, or round and round, is a file that cannot be read."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _entries(place: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, sorted by name, without what is passed over."""
    try:
        with os.scandir(place) as entries:
            shown = [one for one in entries if not one.name.startswith(".") and one.name.lower() not in _OF_SYSTEMS]
    except FileNotFoundError:
        raise CommandError(f"{place}: {_EXPECTED}, and there is no such directory; give another `data_dir`.") from None
    except NotADirectoryError:
        raise CommandError(
            f"{place}: expected a directory, got a file; an archive is to be unpacked, and a single folder of images "
            "has no classes."
        ) from None
    except OSError as error:
        raise CommandError(f"{place}: cannot be read ({error.strerror}); change its permissions.") from error
    return sorted(shown, key=lambda one: one.name)


def _shown(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
