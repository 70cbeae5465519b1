"""Pictures of one size as an animated film."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

MARGIN = 24
"""Height in pixels of the strip for the title of a frame."""
_FONT_SIZE = 14


def shrunk(image: np.ndarray, max_width: int) -> np.ndarray:
    """uint8 [H, W, 3] → at most `max_width` wide, in its proportions; unchanged where it is not wider."""
    height, width = image.shape[:2]
    if width <= max_width:
        return image
    size = max_width, max(1, round(height * max_width / width))
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def titled(image: np.ndarray, title: str) -> np.ndarray:
    """uint8 [H, W, 3] → [MARGIN + H, W, 3]: the image below a white strip with `title`, which narrow images cut."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image: expected uint8 [H, W, 3], got {image.dtype} {image.shape}.")
    strip = Image.new("RGB", (image.shape[1], MARGIN), "white")
    font = ImageFont.load_default(_FONT_SIZE)
    ImageDraw.Draw(strip).text((6, MARGIN / 2), title, "black", font, anchor="lm")
    return np.concatenate([np.array(strip), image])


def encode_film(
    frames: Iterable[np.ndarray], kind: str, frame_ms: int, last_frame_ms: int, quality: int = 100
) -> bytes:
    """A film that begins again at its end.

    Args:
        frames: uint8 [H, W, 3] each, two or more, all of one size. Equal neighbours become one longer frame.
        kind: "WEBP" or "GIF"; of a GIF each frame has 256 colours of its own.
        frame_ms: how long each is seen, in milliseconds; a GIF has tens of them and drops the rest.
        last_frame_ms: the same of the last.
        quality: of WebP, 1..100; 100 keeps every pixel.

    Returns:
        What belongs into the file.

    Raises:
        ValueError: another kind, fewer than two frames, or frames of different sizes.
    """
    if kind not in ("WEBP", "GIF"):
        raise ValueError(f"kind: expected WEBP or GIF, got {kind}.")
    images = []
    for frame in frames:
        image = Image.fromarray(frame)
        # here and not while saving, so that whoever counts the frames sees the slow part of a GIF go on
        images.append(image.quantize(256, dither=Image.Dither.NONE) if kind == "GIF" else image)
    sizes = {image.size for image in images}
    if len(images) < 2 or len(sizes) > 1:
        raise ValueError(f"frames: expected two or more of one size, got {len(images)} of the sizes {sorted(sizes)}.")
    options: dict[str, Any] = {}
    if kind == "WEBP":
        # with `lossless` the same word means effort, of which more takes long and saves little
        options = {"lossless": True, "quality": 50} if quality == 100 else {"quality": quality, "method": 4}
    encoded = io.BytesIO()
    images[0].save(
        encoded,
        format=kind,
        save_all=True,
        append_images=images[1:],
        duration=[frame_ms] * (len(images) - 1) + [last_frame_ms],
        loop=0,
        **options,
    )
    return encoded.getvalue()
