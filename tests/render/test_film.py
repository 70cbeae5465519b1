from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cgn_tf.render.film import MARGIN, encode_film, shrunk, titled

RANDOM = np.random.default_rng(0)
SMOOTH = [np.asarray(Image.fromarray(small).resize((64, 48), Image.Resampling.BICUBIC))
          for small in RANDOM.integers(256, size=(3, 4, 5, 3), dtype=np.uint8)]  # fmt: skip


def decoded(encoded: bytes) -> tuple[list[np.ndarray], list[int], dict[str, Any]]:
    """Frames, their milliseconds, and what the file says of itself."""
    frames, durations = [], []
    with Image.open(io.BytesIO(encoded)) as film:
        for i in range(film.n_frames):
            film.seek(i)
            frames.append(np.array(film.convert("RGB")))  # decodes, and only then the duration is of this frame
            durations.append(int(film.info["duration"]))
        return frames, durations, {"format": film.format, "loop": film.info["loop"]}


def test_a_webp_keeps_every_pixel() -> None:
    frames, durations, told = decoded(encode_film(SMOOTH, "WEBP", 150, 700))
    np.testing.assert_array_equal(frames, SMOOTH)
    assert durations == [150, 150, 700]
    assert told == {"format": "WEBP", "loop": 0}


def test_a_gif_is_near() -> None:
    frames, durations, told = decoded(encode_film(iter(SMOOTH), "GIF", 150, 700))
    assert durations == [150, 150, 700]
    assert told == {"format": "GIF", "loop": 0}
    errors = np.abs(np.array(frames, np.int16) - np.array(SMOOTH, np.int16))
    assert errors.mean() < 8.0
    others = np.abs(np.array(frames, np.int16) - np.roll(SMOOTH, 1, axis=0))
    assert others.mean() > 30.0


def test_less_quality_is_smaller_and_still_near() -> None:
    noisy = [np.clip(frame + RANDOM.normal(0, 6, frame.shape), 0, 255).astype(np.uint8) for frame in SMOOTH]
    small, exact = encode_film(noisy, "WEBP", 100, 100, quality=80), encode_film(noisy, "WEBP", 100, 100)
    assert len(small) < len(exact) / 2
    frames, _, _ = decoded(small)
    assert np.abs(np.array(frames, np.int16) - np.array(noisy, np.int16)).mean() < 8.0


@pytest.mark.parametrize(
    ("frames", "kind", "message"),
    [
        (SMOOTH, "MP4", r"kind: expected WEBP or GIF, got MP4\."),
        (SMOOTH[:1], "GIF", r"frames: expected two or more of one size, got 1 of the sizes \[\(64, 48\)\]\."),
        ([SMOOTH[0], SMOOTH[1][:40]], "WEBP", r"got 2 of the sizes \[\(64, 40\), \(64, 48\)\]\."),
    ],
)
def test_what_is_no_film(frames: list[np.ndarray], kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_film(frames, kind, 100, 100)


def test_titles_stand_above_the_image() -> None:
    image = np.full((10, 120, 3), 200, np.uint8)
    one, two = titled(image, "step 1"), titled(image, "step 2")
    assert one.shape == (MARGIN + 10, 120, 3)
    np.testing.assert_array_equal(one[MARGIN:], image)
    assert one[:MARGIN].min() < 100  # ink
    assert (one[:MARGIN] != two[:MARGIN]).any()
    with pytest.raises(ValueError, match=r"image: expected uint8 \[H, W, 3\], got float64 \(2, 2\)"):
        titled(np.zeros((2, 2)), "")


def test_wide_images_shrink_in_proportion() -> None:
    image = np.zeros((30, 100, 3), np.uint8)
    image[:, 50:] = 255
    assert shrunk(image, 100) is image
    small = shrunk(image, 50)
    assert small.shape == (15, 50, 3)
    np.testing.assert_array_equal(small[:, [0, 10, 40, 49], 0], np.tile(np.uint8([0, 0, 255, 255]), (15, 1)))
