"""How a variant of the digits is declared as a data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cgn_tf.datasets.contract import DatasetInfo, DatasetPart, SplitRequest
from cgn_tf.datasets.digits.digit_dataset import DigitDataset
from cgn_tf.datasets.digits.licences import digit_licences
from cgn_tf.datasets.digits.options import DigitOptions
from cgn_tf.datasets.digits.sources import IMAGE_SIZE, NUM_CLASSES, SPLITS, digit_files, load_digits
from cgn_tf.datasets.digits.variant import Variant


def digit_part(
    name: str,
    summary: str,
    variant: Callable[[DigitOptions], Variant],
    stroke_colours: np.ndarray | None = None,
    licences: Callable[[Mapping[str, Any]], list[str]] = digit_licences,
    texture_files: Callable[[DigitOptions], Sequence[Path]] = lambda options: (),
) -> DatasetPart:
    """Declares the data set of a variant.

    Args:
        name: by which the option `dataset` chooses it.
        summary: one line for `--help`.
        variant: makes the variant, and loads what it needs; called once a split.
        stroke_colours: see `DatasetPart`.
        licences: see `DatasetPart`.
        texture_files: the files that `variant` reads textures from.
    """

    def open_split(options: DigitOptions, request: SplitRequest) -> DigitDataset:
        digits = load_digits(options.digits, request.split, options.data_dir or None, options.validation_size)
        return DigitDataset(
            variant(options),
            digits,
            split_is_test=request.split != "train",
            seed=request.seed,
            environments=request.environments,
        )

    return DatasetPart(
        name=name,
        summary=summary,
        options=DigitOptions,
        open=open_split,
        info=lambda options: DatasetInfo(NUM_CLASSES, IMAGE_SIZE),
        splits=SPLITS,
        stroke_colours=stroke_colours,
        licences=licences,
        files=lambda options: {"digits": digit_files(options.digits), "textures": texture_files(options)},
    )
