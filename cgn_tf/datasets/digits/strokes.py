"""What of a grey digit is its stroke, and whether images have strokes, bright on black."""

from __future__ import annotations

import warnings

import numpy as np

from cgn_tf.errors import CommandError

STROKE_ABOVE = 25
"""A grey value above this, that is, above 0.1 of white, belongs to the binarised stroke."""

_LEAST_MAXIMUM = 128
"""Of all images together. Digits of eight bits come to 255; 1, 16 or 100 are the end of another range."""
_FEW = 0.05
"""Share of the images up to which odd ones are exceptions, of which a warning is enough."""


def check_strokes(images: np.ndarray, where: str) -> None:
    """Holds grey images to strokes that are bright on black, and warns of a few that are not.

    What counts as the ground is the outermost row of pixels. Things that fill the frame, as clothes or brush strokes
    do, still leave most of it black in most images.

    Args:
        images: uint8 [N, H, W], not empty.
        where: what they are called in messages.

    Raises:
        CommandError: another range of values, no strokes, or a ground that is not black; says what to do.
    """
    maximum = int(images.max())
    if 0 < maximum < _LEAST_MAXIMUM:
        factor = f"{255 // maximum}" if 255 % maximum == 0 else f"{255 / maximum:.4g} and rounded"
        raise CommandError(
            f"{where}: expected strokes that come close to 255, got a maximum of {maximum}; save the images multiplied "
            f"by {factor}, as uint8."
        )
    flat = images.reshape(len(images), -1)
    _allow_few(
        flat.max(1) - flat.min(1) <= STROKE_ABOVE,
        f"{where}: expected strokes, bright on black, got",
        "blank, of one grey from edge to edge",
        "give images of digits, without the blank ones",
    )
    edge = np.concatenate([images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]], axis=1)
    on_bright = (edge > STROKE_ABOVE).mean(1) > 0.5
    _allow_few(
        on_bright & (edge.mean(1) > flat.mean(1)),
        f"{where}: expected strokes, bright on black, got",
        "dark on a bright ground",
        "save these inverted, as 255 - x",
    )
    if on_bright.mean() > 0.5:
        raise CommandError(
            f"{where}: expected strokes on black, got a ground of about {int(np.median(edge))} at the edge of most "
            "images; subtract it, so that the ground is 0."
        )


def warn_of_missing_classes(labels: np.ndarray, num_classes: int, where: str) -> None:
    """Warns of classes in [0, num_classes) without any image: a model of the others can be wanted, or a mistake."""
    missing = sorted(set(range(num_classes)) - set(np.unique(labels).tolist()))
    if missing:
        warnings.warn(
            f"{where}: expected images of all {num_classes} classes, got none of {', '.join(map(str, missing))}; what "
            "a model makes of these means nothing.",
            stacklevel=2,
        )


def _allow_few(odd: np.ndarray, expected: str, seen: str, remedy: str) -> None:
    """Warns of a few odd images, bool [N]; raises CommandError where they are many."""
    found = np.flatnonzero(odd)
    message = f"{expected} {len(found):,} of {len(odd):,} images {seen}"
    if len(found) > _FEW * len(odd):
        raise CommandError(f"{message}; {remedy}.")
    if len(found):
        more = ", …" if len(found) > 5 else ""
        warnings.warn(f"{message} (number {', '.join(map(str, found[:5]))}{more}); {remedy}.", stacklevel=3)
