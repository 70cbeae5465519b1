"""Images of a data set of TensorFlow Datasets, `dataset=tfds:NAME`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from cgn_tf.datasets.contract import DatasetInfo, DatasetPart, MissingSplitError, SplitRequest
from cgn_tf.datasets.images.name_split import SPLITS, name_split
from cgn_tf.datasets.images.options import ImageOptions, held_options
from cgn_tf.datasets.images.photographs import check_request, photographs
from cgn_tf.datasets.images.reading import Encoded, read_squares
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.datasets.tfds_source import LabelledImages, labelled_images
from cgn_tf.errors import CommandError
from cgn_tf.files.contents import FileTree
from cgn_tf.options.registry import Family

_INSTEAD = "Without it: `dataset=folder` reads image files."
_MIRRORS = ("https://storage.googleapis.com",)


def tfds_part(name: str) -> DatasetPart:
    """Declares a data set of TFDS, whose `image` and `label` are read.

    Training, validation and test split are those that it has. Of those that it lacks the images are taken from its
    training split by `name_split`, where the name of an image is its split and its place there, "train/0".

    Args:
        name: as TFDS takes it, with configuration and version if need be: "cifar10", "cifar10:3.*.*".
    """
    dataset = f"{TFDS.word}:{name}"

    def open_split(options: ImageOptions, request: SplitRequest) -> StoredImages:
        check_request(request, dataset)
        source = _source(name, options)
        stored, indices, labels = _split(source.builder, request.split, options, dataset)
        encoded = _encoded(source.builder, stored, set(indices.tolist()))
        decoded = read_squares(encoded, len(indices), options, dataset)
        return photographs(decoded, labels[indices], request, source.class_names, dataset)

    def info(options: ImageOptions) -> DatasetInfo:
        names = _source(name, options).class_names
        return DatasetInfo(len(names), options.image_size, names)

    def files(options: ImageOptions) -> dict[str, FileTree]:
        return {"data_dir": _source(name, options).files}

    def held(options: ImageOptions) -> tuple[str, ...]:
        return held_options(_source(name, options).builder.info.splits)

    def check_split(options: ImageOptions, split: str) -> None:
        _split(_source(name, options).builder, split, options, dataset)

    return DatasetPart(
        name=dataset,
        summary=f"{name} of TensorFlow Datasets",
        options=ImageOptions,
        open=open_split,
        info=info,
        independent_factors=False,
        splits=SPLITS,
        licences=lambda options: [f"{name} of TensorFlow Datasets: its owners' terms, which TFDS's catalogue names."],
        files=files,
        held=held,
        check_split=check_split,
    )


def _source(name: str, options: ImageOptions) -> LabelledImages:
    return labelled_images(name, options.data_dir or None, _MIRRORS, _INSTEAD, f"`dataset=tfds:{name}`")


def _split(builder: Any, split: str, options: ImageOptions, dataset: str) -> tuple[str, np.ndarray, np.ndarray]:
    """The split of TFDS to read, the sorted indices of the images that are wanted of it, and the labels of all."""
    there = [one for one in SPLITS if one in builder.info.splits]
    if "train" not in there:
        known = ", ".join(builder.info.splits)
        raise CommandError(f"`dataset={dataset}`: expected a split train, got {known or 'none'}.")
    stored = split if split in there else "train"
    labels = np.array([int(example["label"]) for example in _examples(builder, stored).as_numpy_iterator()])
    if len(labels) and labels.min() < 0:
        raise CommandError(f"`dataset={dataset}`: expected labels for {split}, got images that have none.")
    indices = np.arange(len(labels))
    if stored == "train":
        shares = [0.0 if one in there else getattr(options, f"{one}_share") for one in ("validation", "test")]
        indices = name_split([f"train/{index}" for index in indices], labels.tolist(), *shares)[split]
    if not len(indices):
        raise MissingSplitError(
            f"`dataset={dataset}`: expected images for {split}, got none; raise `{split}_share`, or take another set."
        )
    return stored, indices, labels


def _encoded(builder: Any, stored: str, wanted: set[int]) -> Iterator[Encoded]:
    for index, example in enumerate(_examples(builder, stored).as_numpy_iterator()):
        if index in wanted:
            yield Encoded(f"{stored}/{index}", partial(bytes, example["image"]))


def _examples(builder: Any, stored: str) -> Any:
    """The images of a split, which are not decoded, and their labels, in the order in which they are stored."""
    import tensorflow_datasets as tfds  # late, as in `prepared_builder`

    decoders = {"image": tfds.decode.SkipDecoding()}
    examples = builder.as_dataset(split=stored, decoders=decoders, shuffle_files=False)
    return examples.map(lambda example: {key: example[key] for key in ("image", "label")})


TFDS = Family("tfds", "NAME", ImageOptions, tfds_part)
