"""The box around an object: as a place, black, or tiled with the background beside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Box(NamedTuple):
    """Rows `top` to `bottom` and columns `left` to `right`, the last ones exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def around(cls, inside: np.ndarray) -> Box:
        """The smallest box with all true pixels of a bool [H, W], of which there is at least one."""
        rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
        return cls(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)

    @property
    def area(self) -> int:
        """Its pixels."""
        return (self.bottom - self.top) * (self.right - self.left)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of its pixels."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def blackened(image: np.ndarray, box: Box) -> np.ndarray:
    """The image, uint8 [H, W, 3], with the box in black."""
    result = image.copy()
    result[box.slices] = 0
    return result


def tiled(image: np.ndarray, box: Box) -> np.ndarray:
    """The image with the box tiled by the largest strip of background beside it.

    Strips are what lies wholly above, below, left or right of the box, as long as the side of the image. Every second
    tile is mirrored, and the first one is the mirror image of what it borders on, so that there are no seams between
    tiles. The set is "Only-BG-T" of Xiao et al. 2020; the mirroring is an addition.

    Args:
        image: uint8 [H, W, 3].
        box: not the whole image.

    Raises:
        ValueError: it is the whole image.
    """
    height, width = image.shape[:2]
    strips = {
        "above": box.top * width,
        "below": (height - box.bottom) * width,
        "left": box.left * height,
        "right": (width - box.right) * height,
    }
    side = max(strips, key=lambda name: strips[name])
    if not strips[side]:
        raise ValueError(f"box: expected one that leaves background, got the whole image of {height}×{width}.")
    result = image.copy()
    if side in ("above", "below"):
        rows = np.arange(box.top, box.bottom)
        result[box.slices] = image[_mirrored(rows, box.top, box.bottom, height, side == "above"), box.left : box.right]
    else:
        columns = np.arange(box.left, box.right)
        sources = _mirrored(columns, box.left, box.right, width, side == "left")
        result[box.slices] = image[box.top : box.bottom, sources]
    return result


def _mirrored(places: np.ndarray, start: int, stop: int, length: int, before: bool) -> np.ndarray:
    """Which row (or column) of the strip before `start`, or from `stop` on, each place of the box is a copy of."""
    if before:
        step = (places - start) % (2 * start)  # 0 borders on the strip's last row
        return np.where(step < start, start - 1 - step, step - start)
    size = length - stop
    step = (stop - 1 - places) % (2 * size)
    return np.where(step < size, stop + step, length - 1 - (step - size))
