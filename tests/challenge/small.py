"""Small photographs with square objects and their masks, for tests of challenges."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 16
OBJECT = (slice(6, 10), slice(4, 9))
"""Rows and columns of every object, 20 of 256 pixels."""


def photograph(name: str) -> np.ndarray:
    """Noise in 100..199 that follows from the name, with an object whose colours are in 200..255."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    image = random.integers(100, 200, (SIZE, SIZE, 3), dtype=np.uint8)
    image[OBJECT] = random.integers(200, 256, image[OBJECT].shape, dtype=np.uint8)
    return image


def inside() -> np.ndarray:
    """The mask of every photograph, bool [SIZE, SIZE]."""
    mask = np.zeros((SIZE, SIZE), bool)
    mask[OBJECT] = True
    return mask


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def write_photographs(root: Path, classes: Mapping[str, int]) -> tuple[Path, Path]:
    """Writes photos/CLASS/N.png and masks/CLASS/N.png; returns both folders."""
    for class_name, count in classes.items():
        for number in range(count):
            name = f"{class_name}/{number}"
            save(root / "photos" / f"{name}.png", photograph(name))
            save(root / "masks" / f"{name}.png", (inside() * 255).astype(np.uint8))
    return root / "photos", root / "masks"
