"""A look at a data set of counterfactuals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgn_tf.render.grid import image_grid
from cgn_tf.types import Triplet


def counterfactual_preview(
    images: np.ndarray,
    labels: Triplet[np.ndarray],
    per_shape: int,
    class_names: Sequence[str],
    rows: int = 8,
    columns: int = 10,
    scale: int = 3,
) -> np.ndarray:
    """Draws a grid: a row a shape, a column a counterfactual, with the labels in words.

    Args:
        images: uint8 [N, H, W, 3], N ≥ 1, those of a shape consecutive.
        labels: int [N] each.
        per_shape: images of each shape; the last shape may have fewer, and is then shown only if it is the only one.
        class_names: of all three labels.
        rows: at most so many shapes.
        columns: at most so many images of each.
        scale: size of a pixel.

    Returns:
        uint8 [H', W', 3].
    """
    shown_rows = max(1, min(rows, len(images) // per_shape))
    shown_columns = min(columns, per_shape, len(images))
    index = np.arange(shown_rows)[:, None] * per_shape + np.arange(shown_columns)
    texture, background = (np.asarray(factor)[index] for factor in (labels.texture, labels.background))
    shapes = np.asarray(labels.shape)[index[:, 0]]
    captions = [
        [f"{class_names[t]}  {class_names[b]}" for t, b in zip(*cells, strict=True)]
        for cells in zip(texture, background, strict=True)
    ]
    titles = [f"shape {class_names[shape]}\ntexture  background" for shape in shapes]
    return image_grid(images[index], titles, scale=scale, captions=captions)
