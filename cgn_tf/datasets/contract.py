"""What training and evaluation ask of a data set, and how a data set is declared.

A data set is one file: a class that keeps to `Dataset` or `ImageDataset`, a frozen dataclass of its options (or one
that data sets of a kind share), and a `DatasetPart` that `registry.py` lists. `tests/datasets/test_contract.py` holds
every registered data set to what is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import tensorflow as tf

from cgn_tf.errors import CommandError
from cgn_tf.files.contents import FileTree
from cgn_tf.types import Triplet


class MissingSplitError(CommandError):
    """The source of the data has no such split, which is no fault of what it has."""


class LabelledBatch(NamedTuple):
    """Some images with their labels; works as an element of tf.data, None included.

    Attributes:
        labels: int32 [B] of each factor, in [0, num_classes); that of the shape is the class of an image.
        image: float32 [B, H, W, 3] in [-1, 1]; None: a data set of labels alone.
        environment: int32 [B] in [0, environments), for training data that were opened with environments; None: none.
    """

    labels: Triplet[Any]
    image: Any = None
    environment: Any = None


class Dataset(Protocol):
    """Labelled images of one split, or labels alone."""

    @property
    def num_classes(self) -> int:
        """Number of classes: labels of every factor are in [0, num_classes); a plain attribute will do."""

    @property
    def image_size(self) -> int | None:
        """Height and width in pixels; None: a data set of labels alone."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the classes are called, in the order of the labels; empty: the data have no names for them."""

    def __len__(self) -> int:
        """The number of different images, at least 1; 0 where there is no end to them."""

    def batch(self, step: Any, batch_size: int) -> LabelledBatch:
        """The batch of a step: a pure function of (seed, step, batch size), eagerly and inside tf.data.

        Hence a run that resumes needs no state of the pipeline. Draws take their key from
        `cgn_tf.random_streams.stream_key`; `cgn_tf.datasets.epoch_shuffle` gives an order that is new in each epoch.

        Args:
            step: integer [], from 0 on; a number or a tensor.
            batch_size: B, a number.
        """


class ImageDataset(Dataset, Protocol):
    """A data set with images."""

    @property
    def image_size(self) -> int:
        """Height and width in pixels."""

    def ordered(self, batch_size: int) -> tf.data.Dataset:
        """Every image once, in the order of the split, as `LabelledBatch`es without environments.

        The last batch may be smaller. What an image looks like, and its labels, depend on the seed alone: not on the
        batch size. `cgn_tf.datasets.in_order` makes such a `tf.data.Dataset` out of a function of indices.

        Raises:
            ValueError: a batch size below 1.
        """


class SplitRequest(NamedTuple):
    """Which part of a data set is opened.

    Attributes:
        split: one of the part's `splits`: "train", "validation", "test" or "official_test". In all but "train" the
            labels of texture and background are independent of the class, if the part has `independent_factors`.
        seed: integer seed of the order, the labels and the appearance.
        environments: for "train", a probability for each environment, with which texture and background follow the
            class; empty: they always follow, and batches have no `environment`.
        num_classes: number of classes of the generator, for data that have no classes of their own; None: not known.
    """

    split: str
    seed: int
    environments: Sequence[float] = ()
    num_classes: int | None = None


class DatasetInfo(NamedTuple):
    """What a data set is, as far as its options say.

    Attributes:
        num_classes: number of classes of the data; None: as many as the generator has.
        image_size: height and width in pixels; None: there are no images.
        class_names: what the classes are called, in the order of the labels; empty: the data have no names for them.
    """

    num_classes: int | None
    image_size: int | None
    class_names: tuple[str, ...] = ()


def _no_licences(options: Mapping[str, Any]) -> Sequence[str]:
    del options
    return ()


def _no_files(options: Any) -> Mapping[str, Sequence[Path] | FileTree]:
    del options
    return {}


def _none_held(options: Any) -> tuple[str, ...]:
    del options
    return ()


def _not_told(options: Any, split: str) -> None:
    del options, split


@dataclass(frozen=True, kw_only=True)
class DatasetPart:
    """Declares a data set.

    Attributes:
        name, summary, options: see `cgn_tf.options.registry.Part`.
        open: options and request → the split, a `Dataset`, with an `image_size` an `ImageDataset`. Data that cannot be
            had raise a `CommandError` that says what is missing, a split that the source lacks a `MissingSplitError`, a
            request that makes no sense a ValueError.
        info: options → what is opened with them; it may look at the data, but reads no images. Data that cannot be had
            raise a `CommandError`.
        has_images: whether there are images; without them a reference generator is needed.
        independent_factors: whether texture and background of an image can be others than those of its class, so that
            there are `environments`, and splits in which the three labels are independent. Of photographs they cannot:
            all their labels are the class, in every split.
        splits: the names of the splits that may be asked for; a source may still lack one.
        stroke_colours: RGB of the object of each texture class, uint8 [classes, 3], by which evaluation tells whether a
            generated image has the colour of its label; None: objects have no single colour.
        licences: options, as a run recorded them, → a sentence on each source of the data and its owners' terms, for
            the model card.
        files: options → name of each option that names files or a directory → the files that the data are read from, in
            an order of their own. A run goes on with these files wherever they are moved to, and with no others. An
            option that is left out is held to its value. Files that are missing raise a `CommandError`.
        held: options → names of those that say which images belong to which split, and what the images look like. A
            model is tested with the values that it was trained with: with others its training images could be among
            those of the test. Data that cannot be had raise a `CommandError`.
        check_split: options and a split → a `MissingSplitError` where it is known, without reading images, that the
            split has none; other data that cannot be had raise a `CommandError`.
    """

    name: str
    summary: str
    options: type[Any]
    open: Callable[[Any, SplitRequest], Any]
    info: Callable[[Any], DatasetInfo]
    has_images: bool = True
    independent_factors: bool = True
    splits: tuple[str, ...] = ("train",)
    stroke_colours: np.ndarray | None = field(default=None, compare=False)
    licences: Callable[[Mapping[str, Any]], Sequence[str]] = _no_licences
    files: Callable[[Any], Mapping[str, Sequence[Path] | FileTree]] = _no_files
    held: Callable[[Any], tuple[str, ...]] = _none_held
    check_split: Callable[[Any, str], None] = _not_told
