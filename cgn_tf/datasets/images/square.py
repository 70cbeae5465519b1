"""An image of any shape as a square of a given size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image


def square(image: np.ndarray, size: int, fit: str, colour: Sequence[int]) -> np.ndarray:
    """Brings an image to a square; where it becomes smaller, without aliasing (Pillow's bicubic filter).

    Args:
        image: uint8 [H, W, 3].
        size: S, height and width of the result in pixels.
        fit: "crop" takes the square in the middle, as long as the short side; "pad" the whole image in the middle of
            bars; "stretch" the whole image, distorted.
        colour: of the bars: red, green, blue in 0 to 255.

    Returns:
        uint8 [S, S, 3].

    Raises:
        ValueError: another `fit`.
    """
    height, width = image.shape[:2]
    source = Image.fromarray(image)
    if fit == "stretch":
        return _resized(source, (size, size), (0, 0, width, height))
    if fit == "crop":
        side = min(height, width)
        left, top = (width - side) / 2, (height - side) / 2
        return _resized(source, (size, size), (left, top, left + side, top + side))
    if fit != "pad":
        raise ValueError(f"fit: expected crop, pad or stretch, got {fit!r}.")
    inner_height, inner_width = (max(1, round(size * side / max(height, width))) for side in (height, width))
    padded = np.empty((size, size, 3), np.uint8)
    padded[:] = colour
    top, left = (size - inner_height) // 2, (size - inner_width) // 2
    inner = _resized(source, (inner_width, inner_height), (0, 0, width, height))
    padded[top : top + inner_height, left : left + inner_width] = inner
    return padded


def _resized(image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float]) -> np.ndarray:
    """The part of an image in `box`, (left, top, right, bottom), as uint8 [height, width, 3] of `size`."""
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, box))
