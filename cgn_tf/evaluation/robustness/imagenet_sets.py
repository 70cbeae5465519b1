"""Where test images of ImageNet's classes come from: TensorFlow Datasets, and folders of photographs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cgn_tf.classifiers.predictions import Prepare, decoded_batches
from cgn_tf.datasets.tfds_source import LabelledImages, labelled_images
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.evaluation.image_names import image_names
from cgn_tf.evaluation.robustness.class_map import NO_IMAGENET_CLASS, WNID, imagenet_indices
from cgn_tf.evaluation.robustness.file_logits import Squares
from cgn_tf.files.contents import FileTree
from cgn_tf.files.image_file import FORMATS, ImageFileError, decode_in_thread, ignoring_exif_warnings

CORRUPTED = "imagenet2012_corrupted"
CORRUPTIONS = (
    "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "snow",
    "frost", "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression",
)  # fmt: skip
"""The 15 of ImageNet-C (Hendrycks & Dietterich 2019), each of five severities."""
SEVERITIES = range(1, 6)
OF_200_CLASSES = ("imagenet_a", "imagenet_r")
"""Sets of 200 of the classes, among which alone a classifier decides (Hendrycks et al. 2021)."""
_SPLITS = ("validation", "test")
"""Where images for tests are; the first that a set has is taken."""
_MIRRORS = ("https://storage.googleapis.com",)
_INSTEAD = "Without it: `images` names a folder of photographs whose names, or whose folders', begin with WordNet ids."


class ImagenetSet(NamedTuple):
    """Test images with labels among ImageNet's 1,000 classes.

    Attributes:
        name: what reports call it.
        labels: int [N], indices of classes.
        squares: gives the images from one number to another.
        files: that they are read from.
        restricted: whether a classifier decides among the classes that occur alone.
    """

    name: str
    labels: np.ndarray
    squares: Squares
    files: FileTree
    restricted: bool

    @property
    def classes(self) -> np.ndarray:
        """Indices of the classes that occur, ascending."""
        return np.unique(self.labels)


def expanded(names: Sequence[str]) -> list[str]:
    """The sets that are meant: `imagenet2012_corrupted` alone stands for its 75, `…/fog_3` for one.

    Raises:
        ConfigError: one is named twice.
    """
    found = []
    for name in names:
        kinds = [f"{CORRUPTED}/{kind}_{severity}" for kind in CORRUPTIONS for severity in SEVERITIES]
        found += kinds if name == CORRUPTED else [name]
    if twice := next((name for name in found if found.count(name) > 1), None):
        raise ConfigError(f"`imagenet_sets`: expected each set once, got {twice} twice.")
    return found


def folder_set(directory: Path) -> ImagenetSet:
    """Photographs whose file names begin with a WordNet id, or else the nearest of their folders that has one.

    Raises:
        CommandError: no directory, no images, one without an id, or an id that is none of ImageNet's 1,000 classes.
    """
    names = image_names(directory, "images")
    indices = imagenet_indices()
    ids = [_wnid(directory, name) for name in names]
    unknown = next((i for i, wnid in enumerate(ids) if wnid not in indices), None)
    if unknown is not None:
        raise CommandError(f"{directory / names[unknown]}: {NO_IMAGENET_CLASS.format(ids[unknown])}.")
    labels = np.array([indices[wnid] for wnid in ids])

    def squares(start: int, stop: int, prepare: Prepare) -> np.ndarray:
        (pixels,) = decoded_batches([directory / name for name in names[start:stop]], prepare, stop - start)
        return pixels

    return ImagenetSet("images", labels, squares, FileTree(directory, names), False)


def tfds_set(name: str, data_dir: str) -> ImagenetSet:
    """A data set of TFDS whose labels are named by WordNet ids; its validation split, or else its test split.

    Args:
        name: as TFDS takes it: "imagenet_r", "imagenet2012_corrupted/fog_3".
        data_dir: where TFDS keeps its data; empty: its own default.

    Raises:
        CommandError: it cannot be had, or has no such images.
    """
    what = f"`imagenet_sets={name}`"
    found = labelled_images(name, data_dir or None, _MIRRORS, _INSTEAD, what)
    split = next((one for one in _SPLITS if one in found.builder.info.splits), None)
    if split is None:
        there = ", ".join(found.builder.info.splits)
        raise CommandError(f"{what}: expected a split {' or '.join(_SPLITS)}, got {there}.")
    known = imagenet_indices()
    if unknown := [one for one in found.class_names if one not in known]:
        raise CommandError(
            f"{what}: expected labels named by the WordNet ids of ImageNet's 1,000 classes, got {unknown[0]}."
        )
    indices = np.array([known[one] for one in found.class_names])
    labels = np.array([int(one["label"]) for one in found.in_file_order(split).as_numpy_iterator()])
    if not len(labels) or labels.min() < 0:
        got = "some without a label" if len(labels) else "none"
        raise CommandError(f"{what}: expected images with labels in its split {split}, got {got}.")
    restricted = name.partition("/")[0].partition(":")[0] in OF_200_CLASSES
    return ImagenetSet(name, indices[labels], _tfds_squares(found, split, name), found.files, restricted)


def _tfds_squares(source: LabelledImages, split: str, name: str) -> Squares:
    def squares(start: int, stop: int, prepare: Prepare) -> np.ndarray:
        part = source.in_file_order(f"{split}[{start}:{stop}]").as_numpy_iterator()

        def decode(numbered: tuple[int, bytes]) -> np.ndarray:
            number, data = numbered
            try:
                return prepare(decode_in_thread(data, *FORMATS))
            except ImageFileError as error:
                raise CommandError(f"{name}: image {number} of {split} cannot be read: {error}.") from error

        with ignoring_exif_warnings(), ThreadPoolExecutor() as pool:
            return np.stack(list(pool.map(decode, enumerate((one["image"] for one in part), start))))

    return squares


def _wnid(directory: Path, name: str) -> str:
    for part in reversed(Path(name).parts):
        if match := WNID.match(part):
            return match[0]
    raise CommandError(
        f"{directory / name}: expected a name, or a folder, that begins with a WordNet id, n02007558_flamingo.JPEG for "
        "example."
    )
