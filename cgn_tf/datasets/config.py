"""Which images stand for the real ones: a section of several configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgn_tf.datasets.contract import DatasetInfo, DatasetPart, SplitRequest
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.files.contents import FileTree
from cgn_tf.options.declaration import check_options, option
from cgn_tf.options.parts import PartOptions, part_options
from cgn_tf.options.registry import Choices


@dataclass(frozen=True)
class DataConfig:
    """Data set."""

    dataset: str = option("colored_mnist", "Real images, or labels alone.", choices=Choices(DATASETS))
    dataset_options: PartOptions = part_options(lambda: DATASETS.options)

    def __post_init__(self) -> None:
        check_options(self)
        read = [self.part.options]
        object.__setattr__(self, "dataset_options", self.dataset_options.only(read, "`dataset`"))

    @property
    def part(self) -> DatasetPart:
        """The data set."""
        return DATASETS[self.dataset]

    @property
    def options(self) -> Any:
        """The options of the data set, an instance of `part.options`."""
        return self.dataset_options.of(self.part.options)

    @property
    def info(self) -> DatasetInfo:
        """What the data set is with these options; CommandError where the data cannot be had."""
        return self.part.info(self.options)

    @property
    def num_classes(self) -> int | None:
        """Number of classes; None: as many as the generator has. CommandError where the data cannot be had."""
        return self.info.num_classes

    @property
    def image_size(self) -> int | None:
        """Height and width in pixels; None: there are no images. CommandError where the data cannot be had."""
        return self.info.image_size

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the classes are called; empty: they have no names. CommandError where the data cannot be had."""
        return self.info.class_names

    @property
    def files(self) -> Mapping[str, Sequence[Path] | FileTree]:
        """Name of each option that names files → the files that the data are read from; see `DatasetPart`."""
        return self.part.files(self.options)

    @property
    def held(self) -> tuple[str, ...]:
        """Names of the options that a model's training and its tests share; see `DatasetPart`."""
        return self.part.held(self.options)

    def check_split(self, split: str) -> None:
        """Tells, without reading images, of a split that is known to have none.

        Raises:
            MissingSplitError: it has none.
            CommandError: the data cannot be had.
        """
        self.part.check_split(self.options, split)

    def open(self, split: str, seed: int, *, environments: Sequence[float] = (), num_classes: int | None = None) -> Any:
        """A split of the data set; for the arguments see `SplitRequest`.

        Raises:
            CommandError: it cannot be had.
        """
        return self.part.open(self.options, SplitRequest(split, seed, environments, num_classes))
