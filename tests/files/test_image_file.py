"""Every encoding of an image file is read as it is to be shown, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.files.image_file import ImageFileError, decode_image
from cgn_tf.render.png import read_png
from tests.encodings import JPEGS, PNGS, RARE_KEYS
from tests.serving.bad_files import announced, large_jpeg

ENCODINGS = {**PNGS, **JPEGS}


def kind_of(file: bytes) -> str:
    return "PNG" if file.startswith(b"\x89PNG") else "JPEG"


@pytest.mark.parametrize("kind", ENCODINGS)
def test_every_encoding_is_its_picture(kind: str) -> None:
    file, picture = ENCODINGS[kind]
    found = decode_image(file, kind_of(file))
    np.testing.assert_array_equal(found, picture)
    assert found.dtype == np.uint8


@pytest.mark.parametrize("kind", RARE_KEYS)
def test_a_transparent_colour_that_pillow_compares_wrongly_is_refused(kind: str) -> None:
    with pytest.raises(ImageFileError, match=r"^a PNG with a transparent colour of (4|16) bits$"):
        decode_image(RARE_KEYS[kind].file, "PNG")


@pytest.mark.parametrize("kind", ENCODINGS)
@pytest.mark.parametrize("share", [0.0, 0.03, 0.3, 0.7])
def test_a_file_that_is_cut_is_refused_in_one_line(kind: str, share: float) -> None:
    file, _ = ENCODINGS[kind]
    if kind == "JPEG with an EXIF behind its end":
        file = JPEGS["JPEG"].file
    with pytest.raises(ImageFileError, match=r"^a (file without the head of a|damaged file \()[^\n]*$"):
        decode_image(file[: int(len(file) * share)], kind_of(ENCODINGS[kind].file))


@pytest.mark.parametrize("file", [announced(2**31 - 1, 9), large_jpeg(65_500, 65_500)])
def test_a_file_that_says_to_be_huge_is_refused(file: bytes) -> None:
    with pytest.raises(ImageFileError, match=r"^a damaged file"):
        decode_image(file, kind_of(file))


def test_another_kind_is_refused() -> None:
    with pytest.raises(ImageFileError, match=r"^a file without the head of a JPEG$"):
        decode_image(PNGS["RGB"].file, "JPEG")


@pytest.mark.parametrize("kind", ["RGB", "RGBA", "P", "LA", "PNG of orientation 6"])
def test_sample_grids_are_read_as_they_are_shown(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.png").write_bytes(PNGS[kind].file)
    np.testing.assert_array_equal(read_png(tmp_path / "a.png"), PNGS[kind].picture)


def test_sample_grids_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with pytest.raises(CommandError, match=r"a\.png: expected a PNG, got a file that cannot be read \(No such file"):
        read_png(path)
    path.write_bytes(PNGS["RGB"].file[:-100])
    with pytest.raises(CommandError, match=r"a\.png: expected a PNG, got a damaged file \(.*\); remove the file\.$"):
        read_png(path)
