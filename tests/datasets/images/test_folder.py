"""A folder of images as a data set: what is read, what is skipped, and what is refused."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cgn_tf.datasets.contract import MissingSplitError, SplitRequest
from cgn_tf.datasets.images import reading
from cgn_tf.datasets.images.folder import FOLDER
from cgn_tf.datasets.images.options import ImageOptions
from cgn_tf.errors import CommandError
from cgn_tf.files.contents import contents
from tests.datasets.image_folder import write_folder, write_image


def opened(root: Path, split: str = "train", **options: Any) -> Any:
    shares = {"validation_share": 0.0, "test_share": 0.0} | options
    return FOLDER.open(ImageOptions(data_dir=str(root), **shares), SplitRequest(split, 0))


def pixels(root: Path, **options: Any) -> np.ndarray:
    """The training images as 8 bits, in the order of their names."""
    (batch,) = opened(root, **options).ordered(1_000)
    return np.rint((batch.image.numpy() + 1) * 127.5).astype(np.uint8)


def save(path: Path, image: Image.Image, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


@pytest.mark.parametrize("size", [32, 64])
def test_images_names_and_labels(tmp_path: Path, size: int) -> None:
    write_folder(tmp_path, {"big cat": 3, "dog": 2})
    data = opened(tmp_path, image_size=size)
    assert (data.num_classes, data.image_size, data.class_names) == (2, size, ("big cat", "dog"))
    (batch,) = data.ordered(10)
    assert batch.image.shape == (5, size, size, 3)
    for factor in batch.labels:
        assert factor.numpy().tolist() == [0, 0, 0, 1, 1]
    with Image.open(tmp_path / "dog" / "1.jpg") as image:
        expected = np.asarray(image.resize((size, size), Image.Resampling.BICUBIC, (0, 2, 20, 22)))
    np.testing.assert_array_equal(np.rint((batch.image[4].numpy() + 1) * 127.5).astype(np.uint8), expected)


def test_every_kind_of_image_is_read_as_it_is_shown(tmp_path: Path) -> None:
    colour = np.full((32, 32, 3), (200, 100, 40), np.uint8)
    colour[:16] = 0
    plain = Image.fromarray(colour)
    turned = Image.Exif()
    turned[0x0112] = 3
    save(tmp_path / "a" / "00_exif.png", plain, exif=turned)
    save(tmp_path / "a" / "01_exif.webp", plain, exif=turned, lossless=True)
    save(tmp_path / "a" / "02_exif.tif", plain, exif=turned)
    clear = Image.fromarray(np.dstack([colour, np.where(colour[..., 0] > 0, 255, 0).astype(np.uint8)]))
    save(tmp_path / "a" / "03_alpha.png", clear)
    save(tmp_path / "a" / "04_palette.gif", plain, save_all=True, append_images=[Image.new("RGB", (32, 32), "white")])
    save(tmp_path / "a" / "05_cmyk.jpg", plain.convert("CMYK"), quality=100)
    save(tmp_path / "a" / "06_16_bits.png", Image.fromarray(np.full((32, 32), 40_000, np.uint16)))
    save(tmp_path / "a" / "07_grey.bmp", Image.fromarray(np.full((32, 32), 77, np.uint8)))
    found = pixels(tmp_path, alpha_colour=(9, 8, 7))
    for upside_down in found[:3]:
        np.testing.assert_array_equal(upside_down, colour[::-1])
    np.testing.assert_array_equal(found[3], np.where(colour > 0, colour, np.uint8([9, 8, 7])))
    np.testing.assert_array_equal(found[4], colour)
    assert np.abs(found[5][[4, 28]].astype(int) - colour[[4, 28]]).max() <= 3
    assert np.unique(found[6]).tolist() == [40_000 >> 8]
    assert np.unique(found[7]).tolist() == [77]


def test_a_large_jpeg_looks_like_one_that_was_decoded_at_its_size(tmp_path: Path) -> None:
    write_image(tmp_path / "cat" / "a.jpg" if (tmp_path / "cat").mkdir() is None else tmp_path, (900, 1_300))
    with Image.open(tmp_path / "cat" / "a.jpg") as image:
        exact = np.asarray(image.resize((32, 32), Image.Resampling.BICUBIC, (200, 0, 1_100, 900)))
    assert np.abs(pixels(tmp_path)[0].astype(int) - exact).mean() < 2


def bad_folder(root: Path) -> Path:
    """Four images, and of everything that is none one."""
    write_folder(root, {"cat": 2, "dog": 2})
    (root / "cat" / "notes.txt").write_text("no image")
    (root / "cat" / "none.jpg").touch()
    (root / "dog" / "cut.jpg").write_bytes((root / "dog" / "0.jpg").read_bytes()[:300])
    file = io.BytesIO()
    Image.fromarray(np.zeros((4, 4), np.float32)).save(file, "TIFF")
    (root / "dog" / "real.tif").write_bytes(file.getvalue())
    (root / "README.txt").write_text("beside the folders")
    return root


def test_files_that_are_no_images_are_counted_and_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        opened(bad_folder(tmp_path))
    message = str(caught.value)
    assert message.startswith(
        f"{tmp_path}: 5 files are no images that can be used: README.txt (beside the folders of the classes), "
        "cat/none.jpg (a file without the head of a JPEG, PNG, WEBP, GIF, BMP or TIFF), cat/notes.txt ("
    )
    assert message.endswith(" and 2 more; remove or replace them, or set `bad_images=skip` to go on without.")


def test_files_that_are_no_images_can_be_skipped(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"5 files are no images .* and 2 more; skipped\.$"):
        data = opened(bad_folder(tmp_path), bad_images="skip")
    (batch,) = data.ordered(10)
    assert batch.labels.shape.numpy().tolist() == [0, 0, 1, 1]
    (tmp_path / "clean").mkdir()
    np.testing.assert_array_equal(
        np.rint((batch.image.numpy() + 1) * 127.5), pixels(write_folder(tmp_path / "clean", {"cat": 2, "dog": 2}))
    )


@pytest.mark.parametrize("split", ["validation", "test"])
def test_what_is_no_image_in_another_split_is_found_with_the_training_images(tmp_path: Path, split: str) -> None:
    write_folder(tmp_path, {"train/cat": 1, f"{split}/cat": 1})
    assert len(opened(tmp_path)) == 1
    (tmp_path / split / "cat" / "notes.txt").write_text("no image")
    with pytest.raises(CommandError, match=rf"a file is no image that can be used: {split}/cat/notes\.txt \(a file wi"):
        opened(tmp_path)


def test_a_file_that_cannot_be_read_is_a_bad_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, {"cat": 2})
    read = Path.read_bytes

    def forbidding(path: Path) -> bytes:
        if path.name == "1.jpg":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", forbidding)
    with pytest.raises(CommandError, match=r"no image .*: cat/1\.jpg \(it cannot be read: Permission denied\)"):
        opened(tmp_path)


@pytest.mark.filterwarnings("ignore:.*skipped")
def test_a_class_without_an_image_that_can_be_read_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, {"cat": 2})
    (tmp_path / "dog").mkdir()
    (tmp_path / "dog" / "a.jpg").write_text("no image")
    with pytest.raises(CommandError, match="expected a training image of every class, got none of dog; add images"):
        opened(tmp_path, bad_images="skip")
    for path in (tmp_path / "cat").iterdir():
        path.write_text("no image")
    with pytest.raises(CommandError, match="expected images for train, got none that can be read"):
        opened(tmp_path, bad_images="skip")


def test_a_split_without_images_is_missing(tmp_path: Path) -> None:
    write_folder(tmp_path, {"cat": 1})
    with pytest.raises(MissingSplitError, match=r"for test, got none: of 1 images a `test_share` of 0\.1 is none; add"):
        opened(tmp_path, "test", test_share=0.1)
    with pytest.raises(ValueError, match="split: expected one of train, validation, test, got 'official_test'"):
        opened(tmp_path, "official_test")


def test_images_that_do_not_fit_into_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, {"cat": 2})
    monkeypatch.setattr(reading, "_available_memory", lambda: 20_000)
    with pytest.raises(CommandError, match=r"got 2 of 64 pixels, which need 0\.0 GB, and there are 0\.0 GB"):
        opened(tmp_path, image_size=64)
    assert len(opened(tmp_path, image_size=32)) == 2


def test_memory_is_what_the_system_tells() -> None:
    assert 2**20 < reading._available_memory() <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_reading_many_images_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(tmp_path, {"cat": 4})
    opened(tmp_path)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(reading, "_SHOWN_FROM", 4)
    opened(tmp_path)
    assert f"{tmp_path}: reading 4 images." in capsys.readouterr().err


def test_the_same_files_count_as_the_same_wherever_they_are(tmp_path: Path) -> None:
    def digest(root: Path) -> dict[str, dict[str, str]]:
        return contents(FOLDER.files(ImageOptions(data_dir=str(root))))

    first, second = (write_folder(tmp_path / name, {"cat": 2, "dog": 1}) for name in ("one", "two"))
    assert list(digest(first)["contents"]) == ["data_dir_sha256"]
    assert digest(first) == digest(second)
    (second / "cat" / "0.jpg").rename(second / "cat" / "7.jpg")
    assert digest(first) != digest(second)
    (second / "cat" / "7.jpg").rename(second / "cat" / "0.jpg")
    write_image(second / "dog" / "0.jpg", (30, 30))
    assert digest(first) != digest(second)


def test_a_split_without_an_image_is_told_without_reading_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, {"cat": 1})
    monkeypatch.setattr(Path, "read_bytes", None)
    options = ImageOptions(data_dir=str(tmp_path))
    FOLDER.check_split(options, "train")
    with pytest.raises(MissingSplitError, match=r"for test, got none: of 1 images a `test_share` of 0\.1 is none; add"):
        FOLDER.check_split(options, "test")
