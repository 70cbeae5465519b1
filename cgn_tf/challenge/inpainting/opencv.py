"""Inpainting by OpenCV: from the hole's edge inwards, without training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgn_tf.challenge.inpainting.contract import Inpainter, InpainterPart
from cgn_tf.options.declaration import check_options, option


@dataclass(frozen=True)
class OpenCVOptions:
    """Inpainting by OpenCV."""

    inpaint_radius: float = option(
        3.0, "Pixels around each inpainted pixel that it is computed from.", above=0.0, maximum=50.0
    )

    def __post_init__(self) -> None:
        check_options(self)


def telea(options: OpenCVOptions) -> Inpainter:
    """Fast marching: each pixel is a weighted mean of what is known around it (Telea 2004)."""
    return _inpainter("INPAINT_TELEA", options)


def navier_stokes(options: OpenCVOptions) -> Inpainter:
    """Lines of equal brightness are continued into the hole (Bertalmio, Bertozzi & Sapiro 2001)."""
    return _inpainter("INPAINT_NS", options)


def _inpainter(method: str, options: OpenCVOptions) -> Inpainter:
    import cv2  # late: reading the options of a command needs no OpenCV

    flag = getattr(cv2, method)

    def inpaint(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
        filled: np.ndarray = cv2.inpaint(image, hole.astype(np.uint8), options.inpaint_radius, flag)
        return filled

    return inpaint


TELEA = InpainterPart(
    name="telea",
    summary="OpenCV's fast marching, from the edge inwards: smooth, and streaky where the object was large.",
    options=OpenCVOptions,
    make=telea,
)
NAVIER_STOKES = InpainterPart(
    name="navier_stokes",
    summary="OpenCV's flow of brightness: edges go on straight into the hole.",
    options=OpenCVOptions,
    make=navier_stokes,
)
