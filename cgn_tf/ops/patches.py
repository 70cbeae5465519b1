"""A patch grid of those patches of an image that lie where a mask is high: what its texture is, without its shape."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from cgn_tf.ops.resize import resize_bicubic


@dataclass(frozen=True)
class PatchGridConfig:
    """How `patch_grid` cuts, as published: 36 patches out of the best 100 of 15×15 pixels, of an image of 128×128.

    Args:
        working_size: side that images and masks are brought to first.
        patch_size: side of a patch.
        best: how many patches there are to choose from, those with the highest masks.
        grid: patches in a row and in a column of the patch grid.

    Raises:
        ValueError: a value below 1, an image smaller than a patch, or more patches than positions.
    """

    working_size: int = 128
    patch_size: int = 15
    best: int = 100
    grid: int = 6

    def __post_init__(self) -> None:
        _check(self.working_size, self.patch_size, self.best, self.grid)


def patch_grid(
    images: Any, mask: Any, picks: Any, working_size: int = 128, patch_size: int = 15, best: int = 100, grid: int = 6
) -> Any:
    """The picked ones of the `best` patches by the mean of the mask, row by row in a grid of the images' size.

    Images and mask are brought to `working_size`² (bicubic, a = −0.75). Every position of a patch of `patch_size`²
    that lies inside is ranked by the mean of the mask over the patch. The grid of the picked patches is brought to H×W
    the same way; its values may leave the images' range a little beside the patches' seams.

    Args:
        images: [B, H, W, 3]; H and W are known when it is traced.
        mask: [B, H, W, 1].
        picks: int32 [B, grid²] ranks in [0, best), drawn with replacement; 0 is the highest mean, and of equal ones
            the first position, row by row.
        working_size: see `PatchGridConfig`.
        patch_size: see there.
        best: see there.
        grid: see there.

    Returns:
        [B, H, W, 3] in the type of `images`. No gradient flows through it, neither to images nor to the mask.

    Raises:
        ValueError: as `PatchGridConfig`; picks of another count, or images of unknown size.

    Source: L_text of Sauer & Geiger 2021; resizing, ranking and drawing as in the PyTorch reference.
    """
    _check(working_size, patch_size, best, grid)
    if len(picks.shape) != 2 or picks.shape[1] != grid**2:
        raise ValueError(f"picks: expected [B, {grid**2}], one for each place of the grid, got {tuple(picks.shape)}.")
    images, mask = ops.stop_gradient(images), ops.stop_gradient(mask)
    height, width, channels = images.shape[1:]
    size = (working_size, working_size)

    scores = _box_sums(resize_bicubic(mask, size), patch_size)  # [B, positions], in the order of the means
    ranked = ops.top_k(scores, best)[1]
    corners = ops.take_along_axis(ranked, ops.cast(picks, ranked.dtype), axis=1)

    across = working_size - patch_size + 1
    top, left = corners // across, corners % across
    places = (top * working_size + left)[..., None] + ops.cast(_pixels(working_size, patch_size), corners.dtype)
    # [B, grid, grid, patch, patch] → rows of patches, pixel row by pixel row
    places = ops.reshape(places, (-1, grid, grid, patch_size, patch_size))
    side = grid * patch_size
    places = ops.reshape(ops.transpose(places, (0, 1, 3, 2, 4)), (-1, side**2))

    # one gather over the whole batch: every image's pixels follow those of the one before
    flat = ops.reshape(resize_bicubic(images, size), (-1, channels))
    places = places + ops.arange(ops.shape(places)[0], dtype=places.dtype)[:, None] * working_size**2
    patches = ops.reshape(ops.take(flat, places, axis=0), (-1, side, side, channels))
    return ops.stop_gradient(resize_bicubic(patches, (height, width)))


def _check(working_size: int, patch_size: int, best: int, grid: int) -> None:
    if min(working_size, patch_size, best, grid) < 1:
        raise ValueError(
            "expected working_size, patch_size, best and grid of at least 1, "
            f"got {working_size}, {patch_size}, {best} and {grid}."
        )
    if working_size < patch_size:
        raise ValueError(
            f"working_size: expected at least patch_size ({patch_size}), got {working_size}; no patch fits in."
        )
    positions = (working_size - patch_size + 1) ** 2
    if best > positions:
        raise ValueError(
            f"best: expected at most {positions}, the positions of a patch of {patch_size}×{patch_size} in "
            f"{working_size}×{working_size}, got {best}."
        )


def _box_sums(mask: Any, patch_size: int) -> Any:
    """[B, N, N, 1] → [B, positions]: the sum over the patch at each position, row by row."""
    working_size = mask.shape[1]
    box = ops.cast(_box(working_size, patch_size), mask.dtype)
    sums = ops.matmul(ops.matmul(box, ops.squeeze(mask, -1)), ops.transpose(box))
    return ops.reshape(sums, (-1, (working_size - patch_size + 1) ** 2))


@functools.cache
def _box(working_size: int, patch_size: int) -> np.ndarray:
    """[positions, working_size]: row i is 1 from i to i + patch_size."""
    offsets = np.arange(working_size) - np.arange(working_size - patch_size + 1)[:, None]
    return ((offsets >= 0) & (offsets < patch_size)).astype(np.float32)


@functools.cache
def _pixels(working_size: int, patch_size: int) -> np.ndarray:
    """[patch_size²]: how far each pixel of a patch lies behind its first one in the flat image."""
    along = np.arange(patch_size)
    return (along[:, None] * working_size + along).astype(np.int32).reshape(-1)
