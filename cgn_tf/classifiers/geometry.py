"""How a photograph of any shape becomes the square that a classifier expects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

FITS = ("resize_then_crop", "crop_then_resize", "stretch")
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True)
class Geometry:
    """The square that a classifier sees of a photograph; resizing is Pillow's, without aliasing.

    Attributes:
        size: S, height and width of the square in pixels.
        resized: R, the side of the photograph, in pixels, of which the square is S: the margin of the centre crop.
        fit: "resize_then_crop" brings the short side to R and takes the S pixels in the middle; "crop_then_resize"
            takes the square in the middle whose side is S/R of the short one, and brings it to S; "stretch" brings the
            whole photograph to S, distorted.
        interpolation: "bilinear" or "bicubic".

    Raises:
        ValueError: sizes below 1, R below S, or an unknown word.
    """

    size: int
    resized: int
    fit: str = "resize_then_crop"
    interpolation: str = "bilinear"

    def __post_init__(self) -> None:
        if not 1 <= self.size <= self.resized:
            raise ValueError(f"expected 1 ≤ size ≤ resized, got {self.size} and {self.resized}.")
        if self.fit not in FITS:
            raise ValueError(f"fit: expected one of {', '.join(FITS)}, got {self.fit!r}.")
        if self.interpolation not in FILTERS:
            raise ValueError(f"interpolation: expected one of {', '.join(FILTERS)}, got {self.interpolation!r}.")

    def square(self, image: np.ndarray) -> np.ndarray:
        """The square of a photograph, uint8 [H, W, 3] → uint8 [S, S, 3]."""
        source, interpolation = Image.fromarray(image), FILTERS[self.interpolation]
        width, height = source.size
        short = min(width, height)
        if self.fit == "crop_then_resize":
            # side and place as EfficientNet's own code rounds them
            side = max(1, int(self.size / self.resized * short))
            left, top = (width - side + 1) // 2, (height - side + 1) // 2
            source = source.crop((left, top, left + side, top + side))
        elif self.fit == "resize_then_crop":
            # the long side as torchvision rounds it: down
            resized = (int(self.resized * width / short), int(self.resized * height / short))
            return np.asarray(_centre(source.resize(resized, interpolation), self.size))
        return np.asarray(source.resize((self.size, self.size), interpolation))


def _centre(image: Image.Image, side: int) -> Image.Image:
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    return image.crop((left, top, left + side, top + side))
