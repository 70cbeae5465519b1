"""Grey digits, 32×32, from an .npz, TFDS, or the ones bundled with scikit-learn."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import tensorflow as tf
from keras import ops

from cgn_tf.datasets.contract import MissingSplitError
from cgn_tf.datasets.digits.strokes import check_strokes, warn_of_missing_classes
from cgn_tf.datasets.tfds_source import prepared_builder
from cgn_tf.errors import CommandError
from cgn_tf.files.npz_file import MissingArraysError, read_npz
from cgn_tf.ops.resize import resize_nearest

IMAGE_SIZE = 32
NUM_CLASSES = 10

SPLITS = ("train", "validation", "test", "official_test")
_SKLEARN_TRAIN = 1_437

# sha256 of the labels (uint8) in MNIST's own order: the evidence that TFDS's order was undone rightly
_MNIST_LABELS = {
    "train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}


class Digits(NamedTuple):
    """Grey images, uint8 [N, 32, 32], the stroke bright on black, and their classes, int32 [N] in [0, 10)."""

    images: np.ndarray
    labels: np.ndarray


def load_digits(source: str, split: str, data_dir: str | None = None, validation_size: int = 0) -> Digits:
    """Loads a split of a digit data set.

    MNIST's training images are parted as in the PyTorch reference: "train" is the first five sixths (50,000), "test"
    the rest (the last 10,000); "official_test" is MNIST's own test split. scikit-learn's 1,797 digits have no such
    split: "train" is the first 1,437, "test" the last 360. The last `validation_size` images of "train" can be set
    apart, to make choices on: they are "validation" then, and not in "train".

    Args:
        source: "sklearn" (bundled, no download), "tfds" (downloads MNIST), or the path of an .npz with `x_train` uint8
            [N, H, W], bright on black up to 255, `y_train` integer [N], and `x_test`, `y_test` likewise. Images are
            resized by taking the nearest pixel, source index ⌊i·H/32⌋.
        split: "train", "validation", "test" or "official_test".
        data_dir: where TFDS keeps its data; None or empty: its own default.
        validation_size: training images that are set apart.

    Raises:
        ValueError: an unknown split, or "validation" with nothing held out.
        CommandError: an unknown source, a file that is missing or damaged or holds something else, images that are not
            bright on black, a download that failed, or a split that the source does not have.
    """
    if split not in SPLITS:
        raise ValueError(f"split: expected one of {', '.join(SPLITS)}, got {split!r}.")
    if validation_size < 0 or (split == "validation" and not validation_size):
        raise ValueError(
            f"validation_size: expected at least {int(split == 'validation')} for {split}, got {validation_size}."
        )
    if split not in ("train", "validation"):
        return _stored_split(source, split, data_dir)
    images, labels = _stored_split(source, "train", data_dir)
    if validation_size >= len(images):
        raise CommandError(
            f"validation_size: expected less than the {len(images)} training images, got {validation_size}."
        )
    cut = len(images) - validation_size
    part = slice(cut) if split == "train" else slice(cut, None)
    return Digits(images[part], labels[part])


def digit_files(source: str) -> list[Path]:
    """The files of the user that a source of `load_digits` reads; of "sklearn" and "tfds" none."""
    return [Path(source)] if source.endswith(".npz") else []


def _stored_split(source: str, split: str, data_dir: str | None) -> Digits:
    if source == "sklearn":
        return _sklearn_digits(split)
    stored: Literal["train", "test"] = "test" if split == "official_test" else "train"
    if source == "tfds":
        images, labels = _tfds_mnist(stored, data_dir)
    elif source.endswith(".npz"):
        images, labels = _read_npz(Path(source), stored)
    else:
        raise CommandError(f"digits: expected sklearn, tfds, or the path of an .npz, got {source!r}.")
    cut = len(images) - len(images) // 6
    part = {"train": slice(None, cut), "test": slice(cut, None), "official_test": slice(None)}[split]
    return Digits(ops.convert_to_numpy(resize_nearest(images[part], IMAGE_SIZE)), labels[part].astype(np.int32))


def _read_npz(path: Path, stored: str) -> tuple[np.ndarray, np.ndarray]:
    """The images [N, H, W] and labels [N] of an .npz, checked."""
    keys = (f"x_{stored}", f"y_{stored}")
    try:
        images, labels = read_npz(path, keys).values()
    except MissingArraysError as error:
        if stored == "test" and set(error.missing) == set(keys):
            raise MissingSplitError(str(error)) from error
        raise
    if images.ndim != 3 or images.dtype != np.uint8 or 0 in images.shape:
        raise CommandError(
            f"digits: {path}: {keys[0]}: expected uint8 images [N, H, W], got {images.dtype} {list(images.shape)}."
        )
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise CommandError(
            f"digits: {path}: {keys[1]}: expected integer labels [{len(images)}], "
            f"got {labels.dtype} {list(labels.shape)}."
        )
    if labels.min() < 0 or labels.max() >= NUM_CLASSES:
        raise CommandError(
            f"digits: {path}: {keys[1]}: expected labels in [0, {NUM_CLASSES}), got [{labels.min()}, {labels.max()}]."
        )
    if stored == "train" and len(images) < 6:
        raise CommandError(f"digits: {path}: expected at least 6 training images, got {len(images)}.")
    check_strokes(images, f"digits: {path}: {keys[0]}")
    if stored == "train":
        warn_of_missing_classes(labels, NUM_CLASSES, f"digits: {path}: {keys[1]}")
    return images, labels


def _tfds_mnist(stored: Literal["train", "test"], data_dir: str | None) -> tuple[np.ndarray, np.ndarray]:
    """MNIST in its own order, images [N, 28, 28] and labels [N]."""
    instead = "Without it: `digits=sklearn` needs no download, `digits=PATH.npz` reads a file."
    builder = prepared_builder("mnist:3.*.*", data_dir, ["https://storage.googleapis.com"], instead)
    whole: Any = builder.as_dataset(split=stored, batch_size=-1, shuffle_files=False)
    images, labels = whole["image"].numpy()[..., 0], whole["label"].numpy()
    # TFDS writes its records sorted by the md5 of split name and index. The split between training and test images is
    # by MNIST's own order, so the sorting is undone.
    names = (f"{stored}{index}".encode() for index in range(len(labels)))
    hashes = [hashlib.md5(name, usedforsecurity=False).hexdigest() for name in names]
    original = np.argsort(np.argsort(hashes))
    images, labels = images[original], labels[original]
    if hashlib.sha256(labels.astype(np.uint8).tobytes()).hexdigest() != _MNIST_LABELS[stored]:
        raise CommandError(f"TFDS's mnist ({stored}) is not in the order that this version expects. {instead}")
    return images, labels


def _sklearn_digits(split: str) -> Digits:
    """scikit-learn's 8×8 digits, enlarged to strokes of 24×24 in a frame of 4, the place that MNIST gives them."""
    if split == "official_test":
        raise MissingSplitError(
            "digits: sklearn's have no official test split; use `digits=tfds` or an .npz, or the split test."
        )
    from sklearn.datasets import load_digits as bundled_digits  # late: other sources do without scikit-learn

    bundle = bundled_digits()
    part = slice(None, _SKLEARN_TRAIN) if split == "train" else slice(_SKLEARN_TRAIN, None)
    grey = bundle.images[part].astype(np.float32) / 16.0  # 0..16 → 0..1
    # One pixel of black all around lets strokes at the edge end as smoothly as the others: 10×10 → 30×30.
    framed = np.pad(grey, ((0, 0), (1, 1), (1, 1)))[..., None]
    smooth = np.asarray(tf.image.resize(framed, (30, 30), method="bicubic"))[..., 0]
    # The enlarged strokes fade over three pixels; the contrast brings their edge back to about one.
    sharp = np.clip((smooth - 0.35) / 0.4, 0.0, 1.0)
    images = np.pad(np.rint(sharp * 255.0).astype(np.uint8), ((0, 0), (1, 1), (1, 1)))
    return Digits(images, bundle.target[part].astype(np.int32))
