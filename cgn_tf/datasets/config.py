"""Which images stand for the real ones: a section of several configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgn_tf.datasets.contract import DatasetPart, SplitRequest
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.options.declaration import check_options, option
from cgn_tf.options.parts import PartOptions, part_options


@dataclass(frozen=True)
class DataConfig:
    """Data set."""

    dataset: str = option("colored_mnist", "Real images, or labels alone.", choices=DATASETS)
    dataset_options: PartOptions = part_options(lambda: [part.options for part in DATASETS.parts])

    def __post_init__(self) -> None:
        check_options(self)
        read = [DATASETS[self.dataset].options]
        object.__setattr__(self, "dataset_options", self.dataset_options.only(read, "`dataset`"))

    @property
    def part(self) -> DatasetPart:
        """The data set."""
        return DATASETS[self.dataset]

    @property
    def files(self) -> Mapping[str, Sequence[Path]]:
        """Name of each option that names files → the files that the data are read from; see `DatasetPart`."""
        return self.part.files(self.dataset_options.of(self.part.options))

    def open(self, split: str, seed: int, *, environments: Sequence[float] = (), num_classes: int | None = None) -> Any:
        """A split of the data set; for the arguments see `SplitRequest`.

        Raises:
            CommandError: it cannot be had.
        """
        return self.part.open(
            self.dataset_options.of(self.part.options), SplitRequest(split, seed, environments, num_classes)
        )
