from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.render.png import write_png


def test_pixels_come_back_and_nothing_else_is_left(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(256, size=(5, 7, 3), dtype=np.uint8)
    write_png(tmp_path / "x.png", np.zeros((2, 2, 3), np.uint8))
    write_png(tmp_path / "x.png", image)
    np.testing.assert_array_equal(np.array(Image.open(tmp_path / "x.png")), image)
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = np.full((2, 2, 3), 7, np.uint8)
    write_png(tmp_path / "x.png", old)

    def full_disk(descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_png(tmp_path / "x.png", np.zeros((2, 2, 3), np.uint8))
    np.testing.assert_array_equal(np.array(Image.open(tmp_path / "x.png")), old)
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


@pytest.mark.parametrize(("channels", "mode"), [((), "L"), ((4,), "RGBA")])
def test_grey_and_transparent_images(channels: tuple[int, ...], mode: str, tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(256, size=(5, 7, *channels), dtype=np.uint8)
    write_png(tmp_path / "x.png", image)
    with Image.open(tmp_path / "x.png") as opened:
        assert opened.mode == mode
        np.testing.assert_array_equal(np.array(opened), image)


@pytest.mark.parametrize(
    "image", [np.zeros((2, 2, 3), np.float32), np.zeros((2, 2, 2), np.uint8), np.zeros(3, np.uint8)]
)
def test_other_arrays_are_refused(tmp_path: Path, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \[H, W\], \[H, W, 3\] or \[H, W, 4\]"):
        write_png(tmp_path / "x.png", image)
    assert list(tmp_path.iterdir()) == []
