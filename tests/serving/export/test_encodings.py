"""A served classifier sees the same picture in whatever encoding it comes."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cgn_tf.files.image_file import decode_image
from tests.encodings import JPEGS, PNGS, RARE_KEYS, on_black, raw, saved, segment, with_segments
from tests.exif_blocks import MALFORMED, exif
from tests.serving.asked import call, files, photo
from tests.serving.bad_files import chunk

ENCODINGS = {**PNGS, **JPEGS, **RARE_KEYS}


def answered(served: Any, file: bytes) -> tuple[int, np.ndarray]:
    found = call(served["classify"], files(file))
    return int(found["label"][0]), found["probabilities"][0]


def assert_alike(served: Any, file: bytes, picture: np.ndarray) -> None:
    label, probabilities = answered(served, file)
    expected_label, expected = answered(served, saved(Image.fromarray(picture)))
    np.testing.assert_array_equal(probabilities, expected)
    assert label == expected_label


@pytest.mark.parametrize("kind", ENCODINGS)
def test_every_encoding_is_answered_as_the_plain_png(served_classifier: Any, kind: str) -> None:
    assert_alike(served_classifier, *ENCODINGS[kind])


def test_pictures_differ_in_their_answers(served_classifier: Any) -> None:
    shown = {encoded.picture.tobytes(): encoded.picture for encoded in ENCODINGS.values()}
    answers = [answered(served_classifier, saved(Image.fromarray(picture)))[1] for picture in shown.values()]
    assert len({answer.tobytes() for answer in answers}) == len(shown) > 15


def test_encodings_in_one_batch(served_classifier: Any) -> None:
    names = ["RGBA", "JPEG of orientation 6, >", "P", "JPEG", "LA", "PNG of orientation 8", "CMYK JPEG", "1"]
    together = call(served_classifier["classify"], files(*(ENCODINGS[name].file for name in names)))
    for name, row in zip(names, together["probabilities"], strict=True):
        np.testing.assert_allclose(row, answered(served_classifier, ENCODINGS[name].file)[1], rtol=0, atol=1e-6)


def test_white_hidden_under_transparency(served_classifier: Any, shared: Path) -> None:
    file = (shared / "cases" / "seven_rgba_white_hidden.png").read_bytes()
    with Image.open(io.BytesIO(file)) as image:
        rgba = np.asarray(image)
    assert_alike(served_classifier, file, on_black(rgba[..., :3], rgba[..., 3:]))


def test_orientation_comes_before_the_nearest_pixel(served_classifier: Any) -> None:
    """Of 50 by 33 pixels those that are taken are not the same when they lie the other way round."""
    image = photo(50, 33)
    for value, turned in ((3, image[::-1, ::-1]), (6, np.rot90(image)), (8, np.rot90(image, -1))):
        file = saved(Image.fromarray(np.ascontiguousarray(turned)), exif=b"Exif\0\0" + exif(value))
        assert_alike(served_classifier, file, image)


def test_damaged_pixels_under_transparency_are_named(served_classifier: Any) -> None:
    for kind in ("RGBA", "LA", "P, one index transparent"):
        with pytest.raises(tf.errors.InvalidArgumentError, match="image_bytes_expected_whole_PNG_or_JPEG_files"):
            answered(served_classifier, PNGS[kind].file[:-30])


def test_the_search_through_a_jpeg_has_an_end(served_classifier: Any) -> None:
    plain, block = JPEGS["JPEG"], segment(0xE1, b"Exif\0\0" + exif(3))
    few, many = (with_segments(plain.file, *[segment(0xFE, b"")] * count, block) for count in (200, 100_000))
    assert_alike(served_classifier, few, np.ascontiguousarray(plain.picture[::-1, ::-1]))
    begin = time.perf_counter()
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most 256 segments before the pixels of a JPEG, got"):
        answered(served_classifier, many)
    assert time.perf_counter() - begin < 1.0


def test_the_search_through_a_png_has_an_end(served_classifier: Any) -> None:
    picture, block = PNGS["RGB"].picture, chunk(b"eXIf", exif(3))
    few, many = (raw(picture, 8, 2, chunk(b"tEXt", b"a\0") * count + block) for count in (2000, 100_000))
    assert_alike(served_classifier, few, np.ascontiguousarray(picture[::-1, ::-1]))
    begin = time.perf_counter()
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most 2048 chunks before the EXIF of a PNG, got more"):
        answered(served_classifier, many)
    assert time.perf_counter() - begin < 2.0


@pytest.mark.parametrize("cut", range(0, 46, 3))
def test_an_exif_that_is_cut_anywhere_is_seen_as_the_commands_see_it(served_classifier: Any, cut: int) -> None:
    assert len(exif(6)) == 38 > max(map(len, MALFORMED.values())) - 1
    file = with_segments(JPEGS["JPEG"].file, segment(0xE1, (b"Exif\0\0" + exif(6, "<"))[:cut]))
    assert_alike(served_classifier, file, decode_image(file, "JPEG"))
