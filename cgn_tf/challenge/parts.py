"""All that is made of one image: the sets without backgrounds of others, and what the mixed sets need of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from cgn_tf.challenge.boxes import Box, blackened, tiled
from cgn_tf.challenge.contract import Subject
from cgn_tf.challenge.inpainting.contract import Inpainter
from cgn_tf.challenge.matting import feathered, foreground_colours, on_black


class Limits(NamedTuple):
    """Which objects are too small or too large, as shares of the pixels; see `BuildChallengeConfig`."""

    min_object: float
    max_object: float
    max_box: float


class Manner(NamedTuple):
    """How images are taken apart; see `BuildChallengeConfig`.

    Attributes:
        threshold, feather, dilate: of masks, in [0, 1], and in pixels.
        limits: for which images that is worthwhile.
        inpainter: fills the object's place; None: its box is tiled.
    """

    threshold: float
    feather: float
    dilate: float
    limits: Limits
    inpainter: Inpainter | None


class Parts(NamedTuple):
    """What is made of one image: uint8 [S, S, 3], the object's opacity [S, S]. The names are those of the sets."""

    original: np.ndarray
    only_fg: np.ndarray
    no_fg: np.ndarray
    only_bg_b: np.ndarray
    only_bg_t: np.ndarray
    fg_mask: np.ndarray
    background: np.ndarray


def take_apart(subject: Subject, manner: Manner) -> Parts | str:
    """The parts of an image; or why it is left out.

    - original: the image. only_fg: the object on black. no_fg: the object's pixels black. only_bg_b: its box black.
    - only_bg_t: the background behind the object where the source knows it, and else the box tiled; see `tiled`.
    - background, which the mixed sets use: the same, or the image with the object's place inpainted.
    - fg_mask: the object's opacity: the mask itself where the source knows the object's colours, else a ramp at the
      edge; see `feathered`.
    """
    inside = subject.mask >= manner.threshold
    known = subject.background is not None
    reason = _unfit(inside, manner, known)
    if reason:
        return reason
    box = Box.around(inside)
    filled = subject.background if subject.background is not None else tiled(subject.image, box)
    background = filled
    if not known and manner.inpainter is not None:
        background = manner.inpainter(subject.image, grown(inside, manner.dilate))
    if subject.foreground is not None:
        opacity, colours = subject.mask, subject.foreground
    else:
        opacity = feathered(subject.mask, manner.threshold, manner.feather)
        colours = foreground_colours(subject.image, inside, opacity) if manner.feather else subject.image
    fg_mask = np.rint(opacity * 255.0).astype(np.uint8)
    return Parts(
        original=subject.image,
        only_fg=on_black(colours, fg_mask),
        no_fg=np.where(inside[..., None], np.uint8(0), subject.image),
        only_bg_b=blackened(subject.image, box),
        only_bg_t=filled,
        fg_mask=fg_mask,
        background=background,
    )


def grown(inside: np.ndarray, pixels: float) -> np.ndarray:
    """The mask bool [H, W], not all false, and all that is at most so many pixels away from it."""
    near: np.ndarray = ndimage.distance_transform_edt(~inside) <= pixels
    return near


def _unfit(inside: np.ndarray, manner: Manner, known: bool) -> str:
    """Why an image is left out; empty: it is not."""
    limits = manner.limits
    share = float(inside.mean())
    if not share:
        return f"no object: no pixel of the mask reaches {manner.threshold:g}"
    if share < limits.min_object:
        return f"the object has {share:.2%} of the pixels, less than {limits.min_object:.2%}"
    if share > limits.max_object or share == 1.0:
        return f"the object has {share:.1%} of the pixels, more than {limits.max_object:.1%}"
    box = Box.around(inside).area / inside.size
    if not known and box > limits.max_box:
        return f"the object's box has {box:.1%} of the pixels, more than {limits.max_box:.1%}"
    if not known and manner.inpainter is not None and grown(inside, manner.dilate).all():
        return f"no background is further than {manner.dilate:g} pixels from the object"
    return ""
