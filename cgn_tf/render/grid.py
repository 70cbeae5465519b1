"""Arrays of images as one picture with titles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP = 2
"""Pixels between cells and around the grid."""
_MARGIN = 6
_LINE_GAP = 4
"""Pixels between two lines of a text, as PIL has them."""


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Images in [-1, 1], [..., 3] → uint8; values outside are clipped, −1 → 0 and 1 → 255."""
    return _quantise(images, -1.0, 1.0)


def grey(values: np.ndarray, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """One channel, [..., H, W, 1] → uint8 [..., H, W, 3]: `low` is black, `high` white, beyond is clipped."""
    values = np.asarray(values)
    if values.shape[-1] != 1:
        raise ValueError(f"values: expected shape [..., 1], got {values.shape}.")
    return np.repeat(_quantise(values, low, high), 3, axis=-1)


def image_grid(
    images: np.ndarray,
    row_titles: Sequence[str] = (),
    column_titles: Sequence[str] = (),
    scale: int = 1,
    captions: Sequence[Sequence[str]] = (),
    font_size: int = 13,
) -> np.ndarray:
    """Lays images out in rows and columns on white.

    Args:
        images: uint8 [R, C, H, W, 3].
        row_titles: R texts for the left margin (line breaks allowed), or none.
        column_titles: C texts for above the grid, or none.
        scale: each pixel becomes scale × scale.
        captions: R rows of C texts for below each image (line breaks allowed); an empty row has none. Or none at all.
        font_size: of all texts, in pixels.

    Returns:
        uint8 [H', W', 3]; without texts H' = R·(H·scale + 2) + 2 and W' = C·(W·scale + 2) + 2.

    Raises:
        ValueError: images, or a number of texts, that do not fit.
    """
    rows, columns, height, width = _checked_shape(images, row_titles, column_titles, captions)
    captions = captions or [()] * rows
    font = ImageFont.load_default(font_size)
    line = font_size + _MARGIN
    left = _text_width(row_titles, font) + 2 * _MARGIN if row_titles else 0
    top = line if column_titles else 0
    texts = [*column_titles, *(text for row in captions for text in row)]
    cell_width = max(width * scale, _text_width(texts, font))
    caption_heights = [_caption_height(row, font_size) for row in captions]
    row_heights = [height * scale + GAP + below for below in caption_heights]
    size = left + columns * (cell_width + GAP) + GAP, top + sum(row_heights) + GAP
    canvas = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(canvas)
    cell_lefts = [left + GAP + c * (cell_width + GAP) for c in range(columns)]
    for x, title in zip(cell_lefts, column_titles, strict=False):
        draw.text((x + cell_width / 2, top / 2), title, "black", font, anchor="mm")
    y = top + GAP
    enlarged = images.repeat(scale, axis=2).repeat(scale, axis=3)
    for r in range(rows):
        if row_titles:
            draw.text((_MARGIN, y + height * scale / 2), row_titles[r], "black", font, anchor="lm")
        for c, x in enumerate(cell_lefts):
            canvas.paste(Image.fromarray(enlarged[r, c]), (x + (cell_width - width * scale) // 2, y))
            if captions[r]:
                middle = y + height * scale + caption_heights[r] / 2
                draw.text((x + cell_width / 2, middle), captions[r][c], "black", font, anchor="mm", align="center")
        y += row_heights[r]
    return np.array(canvas)


def _checked_shape(
    images: np.ndarray,
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    captions: Sequence[Sequence[str]],
) -> tuple[int, int, int, int]:
    """Rows, columns, height and width of the images; ValueError where the texts do not fit them."""
    if images.dtype != np.uint8 or images.ndim != 5 or images.shape[4] != 3:
        raise ValueError(f"images: expected uint8 [R, C, H, W, 3], got {images.dtype} {images.shape}.")
    rows, columns, height, width = images.shape[:4]
    for what, texts, count in [("row_titles", row_titles, rows), ("column_titles", column_titles, columns)]:
        if texts and len(texts) != count:
            raise ValueError(f"{what}: expected {count}, got {len(texts)}.")
    if captions and (len(captions) != rows or any(row and len(row) != columns for row in captions)):
        raise ValueError(f"captions: expected {rows} rows of {columns} or no texts, got {[len(r) for r in captions]}.")
    return rows, columns, height, width


def _caption_height(captions: Sequence[str], font_size: int) -> int:
    """Pixels below the images of a row."""
    lines = max((text.count("\n") + 1 for text in captions), default=0)
    return lines * (font_size + _LINE_GAP) + _MARGIN - _LINE_GAP if lines else 0


def _text_width(texts: Sequence[str], font: Any) -> int:
    """Pixels of the widest text; 0 of none."""
    measure = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    return max((int(np.ceil(measure.textbbox((0, 0), text, font=font)[2])) for text in texts), default=0)


def _quantise(values: np.ndarray, low: float, high: float) -> np.ndarray:
    share = (np.asarray(values, np.float32) - low) / (high - low)
    quantised: np.ndarray = np.rint(np.clip(share, 0.0, 1.0) * 255.0).astype(np.uint8)
    return quantised
