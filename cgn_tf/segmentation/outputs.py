"""What is made of a photograph and its mask: files, figures and a row of the contact sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cgn_tf.datasets.images.square import square
from cgn_tf.render.grid import grey
from cgn_tf.render.png import read_png_in_thread, write_png
from cgn_tf.types import DECIDED_WITHIN

CELL = 224
"""Pixels of a picture of the contact sheet."""
_WHITE, _BAR = (255, 255, 255), (128, 128, 128)
_TILE, _LIGHT, _DARK = 8, 235, 190
"""Pixels and greys of the chequered pattern that is seen through a cut-out."""


class OutputFiles(NamedTuple):
    """The two files of a photograph, which is done when both are there."""

    mask: Path
    cutout: Path

    @classmethod
    def of(cls, root: Path, name: str) -> OutputFiles:
        """Those of the photograph with the output name `name`, `masks/NAME.png` and `cutouts/NAME.png`."""
        return cls(root / "masks" / f"{name}.png", root / "cutouts" / f"{name}.png")

    def exist(self) -> bool:
        """Whether the photograph is done."""
        return self.mask.exists() and self.cutout.exists()

    def write(self, photograph: np.ndarray, mask: np.ndarray) -> None:
        """Writes both; see `cutout`.

        Raises:
            OSError: the disk refuses.
        """
        for path, pixels in ((self.cutout, cutout(photograph, mask)), (self.mask, mask)):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_png(path, pixels)

    def read_mask(self) -> np.ndarray:
        """The mask, uint8 [H, W], within a block of `ignoring_exif_warnings`.

        Raises:
            CommandError: it cannot be read.
        """
        return read_png_in_thread(self.mask)[..., 0]


def mask_pixels(mask: np.ndarray, threshold: float | None) -> np.ndarray:
    """Float [H, W] in [0, 1] → uint8 [H, W]: 0 and 255 alone where there is a threshold."""
    return grey((mask if threshold is None else mask >= threshold)[..., None])[..., 0]


def cutout(photograph: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3] and [H, W] → [H, W, 4] with the mask as alpha; what is wholly transparent is black."""
    return np.concatenate([np.where(mask[..., None] > 0, photograph, np.uint8(0)), mask[..., None]], axis=-1)


def figures(mask: np.ndarray, threshold: float) -> dict[str, Any]:
    """What a mask says, as JSON has it.

    Args:
        mask: uint8 [H, W].
        threshold: share of 255 from which on a pixel belongs to the object.

    Returns:
        width and height in pixels; mean in 0..1; decided, the share of pixels within 0.1 of 0 or 1; box [left, top,
        right, bottom] in pixels, right and bottom exclusive, around all pixels of the object; null where there is none.
    """
    values = mask / 255.0
    inside = values >= threshold
    box = None
    if inside.any():
        rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
        box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    return {
        "width": mask.shape[1],
        "height": mask.shape[0],
        "mean": round(float(values.mean()), 6),
        "decided": round(float(np.mean((values <= DECIDED_WITHIN) | (values >= 1.0 - DECIDED_WITHIN))), 6),
        "box": box,
    }


def sheet_row(photograph: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Photograph, mask and cut-out beside one another, each whole, uint8 [3, CELL, CELL, 3]."""
    small = square(photograph, CELL, "pad", _WHITE)
    alpha = square(grey(mask[..., None] / 255.0), CELL, "pad", (0, 0, 0))[..., :1] / 255.0
    rows, columns = np.mgrid[:CELL, :CELL] // _TILE
    tiles = np.where((rows + columns) % 2, _LIGHT, _DARK)[..., None]
    seen = np.rint(alpha * small + (1.0 - alpha) * tiles).astype(np.uint8)
    return np.stack([small, square(grey(mask[..., None] / 255.0), CELL, "pad", _BAR), seen])
