"""From a mask to an object that can be put on another background: its opacity at the edge, and its colours there."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def feathered(inside: np.ndarray, width: float) -> np.ndarray:
    """The opacity of an object whose edge is a ramp of `width` pixels, its middle on the outline of the mask.

    With d the distance of a pixel from the outline, positive inside, the opacity is 1/2 + d / width, clipped to [0, 1].
    So what is thin keeps its share, and with widths up to 1 the opacity is the mask. The image's border is no outline.

    Args:
        inside: bool [H, W], neither all true nor all false.
        width: pixels, at least 0.

    Returns:
        float32 [H, W] in [0, 1]; at least 1/2 inside, and at most 1/2 outside.
    """
    if width == 0:
        return inside.astype(np.float32)
    # between the centres of a pixel and of its neighbour the outline lies half way
    signed = np.where(inside, _depth(inside) - 0.5, 0.5 - _depth(~inside))
    return np.clip(0.5 + signed / width, 0.0, 1.0).astype(np.float32)


def foreground_colours(image: np.ndarray, inside: np.ndarray, width: float) -> np.ndarray:
    """The colours of an object, continued over its outline, without what its old background has mixed into them.

    Pixels nearer to the outline than half the ramp, and all outside, take the colour of the nearest pixel of the
    object's core. Core is what lies deeper, and the middle line of what is too thin to have anything deeper.

    Args:
        image: uint8 [H, W, 3].
        inside: bool [H, W], neither all true nor all false.
        width: that of the ramp; 0: the colours stay as they are.

    Returns:
        uint8 [H, W, 3].
    """
    if width == 0:
        return image
    depth = np.where(inside, _depth(inside), 0.0)
    ridge = depth == ndimage.maximum_filter(depth, size=3, mode="nearest")
    core = inside & ((depth > width / 2) | ridge)
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


def _depth(region: np.ndarray) -> np.ndarray:
    """Distance of each pixel of a region from the nearest one outside; 1 at its edge, 0 outside."""
    depth: np.ndarray = ndimage.distance_transform_edt(region)
    return depth


def _rounded(values: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.rint(np.clip(values, 0.0, 255.0)).astype(np.uint8)
    return rounded
