"""From a mask to an object that can be put on another background: its opacity at the edge, and its colours there."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from scipy import ndimage

_FINER = 4
"""Parts of a pixel along each side, of which it is told which are the object's."""
_WHOLLY = 0.9
"""Opacity from which on a pixel's colour counts as the object's own."""


def feathered(mask: np.ndarray, threshold: float, width: float) -> np.ndarray:
    """The opacity of an object whose edge is a ramp of about `width` pixels.

    It is the share of a pixel's area in which the mask, interpolated linearly, reaches the threshold: so edges have no
    steps, and what is thin keeps its share. Wider ramps are that, blurred by a Gaussian of the variance of a box of
    `width` pixels, beyond the variance of the box of one pixel that it has already.

    Args:
        mask: float32 [H, W] in [0, 1].
        threshold: in (0, 1).
        width: in pixels, at least 1; or 0: the opacity is 1 where the mask reaches the threshold, and else 0.

    Returns:
        float32 [H, W] in [0, 1].
    """
    if width == 0:
        return (mask >= threshold).astype(np.float32)
    height, columns = mask.shape
    fine = Image.fromarray(mask).resize((columns * _FINER, height * _FINER), Image.Resampling.BILINEAR)
    reached = (np.asarray(fine) >= threshold).reshape(height, _FINER, columns, _FINER)
    opacity = reached.mean(axis=(1, 3), dtype=np.float32)
    if width > 1:
        opacity = ndimage.gaussian_filter(opacity, math.sqrt((width**2 - 1) / 12), mode="nearest")
    return np.clip(opacity, 0.0, 1.0)


def foreground_colours(image: np.ndarray, inside: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """The colours of an object, continued over its outline, without what its old background has mixed into them.

    Every pixel takes the colour of the nearest pixel of the object's core, those of the core their own. Core is what is
    wholly the object's, or nearly, and the middle line of what is too thin to have such pixels.

    Args:
        image: uint8 [H, W, 3].
        inside: bool [H, W], not all false: the pixels of the object.
        opacity: float32 [H, W], as from `feathered`.

    Returns:
        uint8 [H, W, 3].
    """
    depth = np.where(inside, ndimage.distance_transform_edt(inside), 0.0)
    ridge = depth == ndimage.maximum_filter(depth, size=3, mode="nearest")
    core = inside & ((opacity >= _WHOLLY) | ridge)
    rows, columns = ndimage.distance_transform_edt(~core, return_distances=False, return_indices=True)
    colours: np.ndarray = image[rows, columns]
    return colours


def on_black(colours: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Colours uint8 [H, W, 3] times the opacity uint8 [H, W] of 255, rounded; the object on black."""
    return _rounded(colours * (opacity[..., None] / np.float32(255.0)))


def on_background(object_on_black: np.ndarray, opacity: np.ndarray, background: np.ndarray) -> np.ndarray:
    """An object on a background: what `on_black` gave, and of the background what the object lets through.

    Args:
        object_on_black: uint8 [H, W, 3].
        opacity: uint8 [H, W], of 255.
        background: uint8 [H, W, 3].

    Returns:
        uint8 [H, W, 3].
    """
    through = 1.0 - opacity[..., None] / np.float32(255.0)
    return _rounded(object_on_black + through * background)


def _rounded(values: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.rint(np.clip(values, 0.0, 255.0)).astype(np.uint8)
    return rounded
