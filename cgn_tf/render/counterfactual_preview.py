"""A look at a data set of counterfactuals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cgn_tf.render.class_titles import class_titles, short_title
from cgn_tf.render.grid import image_grid
from cgn_tf.types import Triplet


def counterfactual_preview(
    images: np.ndarray,
    labels: Triplet[np.ndarray],
    images_per_mask: int,
    class_names: Sequence[str],
    rows: int = 8,
    columns: int = 10,
    scale: int | None = None,
) -> np.ndarray:
    """Draws a grid with the labels in words: a row a shape, a column a counterfactual of it.

    Args:
        images: uint8 [N, H, W, 3], N ≥ 1, those of a shape consecutive.
        labels: int [N] each.
        images_per_mask: images of each shape; the last shape may have fewer, and is then shown only if it is the only
            one. With 1 every image has a shape of its own, and they fill the rows.
        class_names: of all three labels.
        rows: at most so many shapes.
        columns: at most so many images of each.
        scale: size of a pixel; None: what makes an image 96 pixels large, at least 1, with rows and columns fewer
            where images are larger.

    Returns:
        uint8 [H', W', 3].
    """
    if scale is None:
        size = images.shape[1]
        scale = max(1, _SHOWN_SIZE // size)
        rows, columns = (max(1, min(count, count * _SHOWN_SIZE * 2 // (size * scale))) for count in (rows, columns))
    in_row = images_per_mask if images_per_mask > 1 else min(columns, math.ceil(math.sqrt(len(images))))
    shown_rows = max(1, min(rows, len(images) // in_row))
    index = np.arange(shown_rows)[:, None] * in_row + np.arange(min(columns, in_row, len(images)))
    shape, texture, background = (np.asarray(factor)[index] for factor in labels)
    named = [shape, texture, background] if images_per_mask == 1 else [texture, background]
    captions = [
        ["  ".join(class_titles(cell, class_names)) for cell in zip(*cells, strict=True)]
        for cells in zip(*named, strict=True)
    ]
    titles = (
        ["shape\ntexture\nbackground"] * shown_rows
        if images_per_mask == 1
        else [f"shape {short_title(class_names[label])}\ntexture  background" for label in shape[:, 0]]
    )
    return image_grid(images[index], titles, scale=scale, captions=captions)


_SHOWN_SIZE = 96
