from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.reference_images import Crops, dataset_images, folder_images
from cgn_tf.options.command_line import parse


def as_it_is(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Ten pictures of the grey values 0, 10, 20, …, at several depths."""
    for number in range(10):
        folder = tmp_path / "pictures" / ("deep/er" if number % 2 else "flat")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((12, 12, 3), 10 * number, np.uint8)).save(folder / f"{number}.png")
    (tmp_path / "pictures" / ".hidden.png").write_bytes(b"no image")
    (tmp_path / "pictures" / "notes.txt").write_text("no image")
    return tmp_path / "pictures"


def greys(images: np.ndarray) -> list[int]:
    return images[:, 0, 0, 0].astype(int).tolist()


def test_images_at_any_depth_in_the_order_of_their_names(pictures: Path) -> None:
    found = folder_images("real", str(pictures))
    assert found.count == 10
    assert greys(found.read(0, 10, as_it_is)) == [10, 30, 50, 70, 90, 0, 20, 40, 60, 80]
    assert greys(found.read(4, 6, as_it_is)) == [90, 0]


def test_links_to_folders_are_followed(pictures: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    for name in ("deep", "flat"):
        (linked / name).symlink_to(pictures / name)
    assert folder_images("real", str(linked)).sha256 == folder_images("real", str(pictures)).sha256


def test_a_limit_takes_evenly_spaced_images(pictures: Path) -> None:
    some = folder_images("real", str(pictures), limit=5)
    assert greys(some.read(0, 5, as_it_is)) == [10, 50, 90, 20, 60]
    assert some.sha256 != folder_images("real", str(pictures)).sha256
    assert folder_images("real", str(pictures), limit=99).count == 10


def test_the_digest_is_of_names_and_content(pictures: Path) -> None:
    before = folder_images("real", str(pictures)).sha256
    moved = pictures.rename(pictures.with_name("elsewhere"))
    assert folder_images("real", str(moved)).sha256 == before
    Image.fromarray(np.zeros((12, 12, 3), np.uint8)).save(moved / "flat" / "2.png")
    assert folder_images("real", str(moved)).sha256 != before


def test_crops_follow_from_the_pixels(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for name in ("a", "b"):
        Image.fromarray(random.integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(tmp_path / f"{name}.png")
    found = folder_images("real_textures", str(tmp_path), crops=Crops(count=3, size=8))
    assert found.count == 6
    every = found.read(0, 6, as_it_is)
    assert every.shape == (6, 8, 8, 3)
    np.testing.assert_array_equal(found.read(2, 5, as_it_is), every[2:5])
    whole = np.asarray(Image.open(tmp_path / "a.png"))
    windows = np.lib.stride_tricks.sliding_window_view(whole, (8, 8, 3)).reshape(-1, 8, 8, 3)
    assert all((windows == crop).all(axis=(1, 2, 3)).any() for crop in every[:3])
    assert len(np.unique(every.reshape(6, -1), axis=0)) == 6
    nearest = np.asarray(Image.open(tmp_path / "a.png").resize((8, 8), Image.Resampling.NEAREST))
    np.testing.assert_array_equal(Crops(count=1, size=8, resized=8).of(whole)[0], nearest)
    with pytest.raises(CommandError, match="at least 21 pixels to cut crops from, got 30×20; set `factor_size=21`"):
        Crops(count=1, size=21).of(whole)


def test_a_split_of_a_data_set() -> None:
    data = parse(DataConfig, ["--digits=sklearn"])
    found = dataset_images(data, "test", 100)
    assert found.count == 100
    images = found.read(0, 100, as_it_is)
    assert images.shape == (100, 32, 32, 3)
    assert found.sha256 == dataset_images(data, "test", 100).sha256
    assert found.sha256 != dataset_images(data, "train", 100).sha256
    assert "independent of the shape" in found.about
    assert "independent" not in dataset_images(data, "train", 100).about
    # scikit-learn's test split has 360 digits
    every = dataset_images(data, "test").read(0, 360, as_it_is)
    np.testing.assert_array_equal(images[1], every[3])


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=re.escape(f"`real`: expected a directory of images, got {tmp_path / 'a'}")):
        folder_images("real", str(tmp_path / "a"))
    with pytest.raises(CommandError, match="got no file that ends with"):
        folder_images("real", str(tmp_path))
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / "small.png")
    with pytest.raises(CommandError, match=r"small\.png: expected images of at least 21 pixels"):
        folder_images("real_textures", str(tmp_path), crops=Crops(count=1, size=21)).read(0, 1, as_it_is)
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(CommandError, match=r"broken\.png: expected an image"):
        folder_images("real", str(tmp_path)).read(0, 1, as_it_is)
