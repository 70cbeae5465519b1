"""The sample grids once more, as pictures that TensorBoard shows at about their size: its cards are 350 pixels wide."""

from __future__ import annotations

import numpy as np

from cgn_tf.render.grid import image_grid
from cgn_tf.render.sample_grids import SampleGridInputs, SampleImages
from cgn_tf.types import Triplet

COLUMNS = ("image", "mask", "foreground", "background", "reference")
"""What is shown of each class; of the reference only where there is one."""

_CELL = 64
"""Height and width of an image on a card, in pixels, as nearly as whole factors allow."""
_ACROSS = 4
_MIXED = 2
"""Rows of mixed images: more would be higher than a card."""
_FONT_SIZE = 11


def sample_cards(images: SampleImages, inputs: SampleGridInputs) -> dict[str, np.ndarray]:
    """Lays the images out, narrowly.

    Args:
        images: as from `draw_samples`.
        inputs: that they are of.

    Returns:
        name → uint8 [H', W', 3]: `parts` (a row a class), `shape_varies` and so on for each factor, and `all_mixed`.
    """
    columns = [name for name in COLUMNS if name in images.parts]
    parts = np.stack([_cells(images.parts[name]) for name in columns], axis=1)
    cards = {"parts": image_grid(parts, inputs.titles, columns, font_size=_FONT_SIZE)}
    for factor, row, pixels in zip(Triplet._fields, inputs.rows, images.rows, strict=False):
        cards[f"{factor}_varies"] = _wrapped(pixels, inputs.titles, row.title)
    mixed = inputs.rows[len(Triplet._fields) :][:_MIXED]
    if mixed:
        first = len(Triplet._fields)
        captions = tuple(caption for row in mixed for caption in row.captions)
        pixels = np.concatenate(images.rows[first : first + len(mixed)])
        cards["all_mixed"] = _wrapped(pixels, captions, mixed[0].title)
    return cards


def _wrapped(pixels: np.ndarray, captions: tuple[str, ...], title: str) -> np.ndarray:
    """Images uint8 [N, H, W, 3] in lines of a few, each above its caption, beside a title."""
    lines = -(-len(pixels) // _ACROSS)
    cells = _cells(pixels)
    every = np.full((lines * _ACROSS, *cells.shape[1:]), 255, np.uint8)
    every[: len(cells)] = cells
    texts = [*captions, *[""] * (len(every) - len(captions))]
    return image_grid(
        every.reshape(lines, _ACROSS, *cells.shape[1:]),
        [title, *[""] * (lines - 1)],
        captions=[texts[i : i + _ACROSS] for i in range(0, len(texts), _ACROSS)],
        font_size=_FONT_SIZE,
    )


def _cells(pixels: np.ndarray) -> np.ndarray:
    """Images uint8 [N, H, W, 3], enlarged or averaged by a whole number to about the size of a cell."""
    count, height, width, _ = pixels.shape
    if height < _CELL:
        scale = _CELL // height
        return pixels.repeat(scale, axis=1).repeat(scale, axis=2)
    by = height // _CELL
    cut = pixels[:, : height // by * by, : width // by * by]
    blocks = cut.reshape(count, height // by, by, width // by, by, 3)
    averaged: np.ndarray = np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)
    return averaged
