"""Folders of small images made here, for tests of data sets of the user's own images."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def write_folder(root: Path, classes: Mapping[str, int], size: tuple[int, int] = (24, 20)) -> Path:
    """Writes so many JPEGs, NUMBER.jpg, for each class; what is on one depends on its name alone.

    Args:
        root: where the folders of the classes are put.
        classes: name, or a path below `root`, → number of images.
        size: height and width in pixels.
    """
    for name, count in classes.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            write_image(root / name / f"{number}.jpg", size)
    return root


def write_image(path: Path, size: tuple[int, int] = (24, 20)) -> None:
    """Writes smooth noise of a mean colour, both drawn by the name of the file and of its folder."""
    random = np.random.default_rng(zlib.crc32("/".join(path.parts[-2:]).encode()))
    coarse = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC).save(path)
