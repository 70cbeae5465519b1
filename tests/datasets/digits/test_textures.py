from __future__ import annotations

import re

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cgn_tf.datasets.digits.textures import DTD_BACKGROUND, DTD_FOREGROUND, load_textures
from cgn_tf.errors import CommandError
from tests.encodings import BLOCKS, JPEGS, PNGS, jpeg


def test_directory_is_read_class_by_class(jpeg_directory):
    textures = load_textures(str(jpeg_directory))
    for label in range(10):
        assert np.unique(textures.foreground[label]).tolist() == [20 * label]
        assert np.unique(textures.background[label]).tolist() == [20 * label + 5]
    assert textures.foreground.shape == textures.background.shape == (10, 156, 156, 3)
    assert textures.foreground.dtype == np.uint8


def test_pixel_centres_are_matched(jpeg_directory):
    noise = np.random.default_rng(0).integers(0, 256, (300, 450, 3), dtype=np.uint8)
    jpeg = tf.io.encode_jpeg(noise, quality=100).numpy()
    (jpeg_directory / "object" / "6_plain.jpg").write_bytes(jpeg)
    source = tf.io.decode_jpeg(jpeg, dct_method="INTEGER_ACCURATE").numpy().astype(np.int16)
    inner = load_textures(str(jpeg_directory)).foreground[6, 3:153, 3:153]
    # centre of pixel i: source index ⌊(i + 1/2) · 300/150⌋ = 2i + 1, and ⌊(j + 1/2) · 450/150⌋ = 3j + 1
    assert np.abs(inner - source[1::2, 1::3]).max() <= 1


def test_real_textures_are_reflected_at_the_edge(texture_directory):
    textures = load_textures(str(texture_directory))
    for name, loaded in (("object", textures.foreground), ("background", textures.background)):
        for label in range(10):
            (path,) = (texture_directory / name).glob(f"{label}_*.jpg")
            source = tf.io.decode_jpeg(path.read_bytes(), channels=3).numpy()
            # a nearest resize keeps the mean colour
            inner = loaded[label, 3:153, 3:153]
            np.testing.assert_allclose(inner.mean((0, 1)), source.mean((0, 1)), atol=2.5, err_msg=path.name)
            # reflected: the edge row stands once, its neighbours on both sides of it
            np.testing.assert_array_equal(loaded[label, [2, 1, 0]], loaded[label, [4, 5, 6]])
            np.testing.assert_array_equal(loaded[label, :, [153, 154, 155]], loaded[label, :, [151, 150, 149]])


def test_dtd_names_are_those_of_the_directory(texture_directory):
    for name, expected in (("object", DTD_FOREGROUND), ("background", DTD_BACKGROUND)):
        found = sorted(path.name for path in (texture_directory / name).iterdir())
        assert found == [f"{label}_{path.split('/')[1]}" for label, path in enumerate(expected)]


def test_grey_jpeg_becomes_rgb(jpeg_directory):
    Image.new("L", (8, 8), 77).save(jpeg_directory / "object" / "4_plain.jpg", quality=100)
    assert np.unique(load_textures(str(jpeg_directory)).foreground[4]).tolist() == [77]


def test_class_without_texture_is_named(jpeg_directory):
    (jpeg_directory / "background" / "7_plain.jpg").unlink()
    with pytest.raises(CommandError, match=r"background: expected one file 7_\*\.jpg for this class, got none"):
        load_textures(str(jpeg_directory))


def test_two_textures_of_a_class_are_named(jpeg_directory):
    (jpeg_directory / "object" / "3_other.jpg").write_bytes(b"")
    with pytest.raises(CommandError, match=r"expected one file 3_\*\.jpg .*got 3_other\.jpg, 3_plain\.jpg"):
        load_textures(str(jpeg_directory))


@pytest.mark.parametrize("content", [b"", b"no jpeg", b"\xff\xd8\xff\xe0 cut"])
def test_damaged_texture_is_named(jpeg_directory, content):
    (jpeg_directory / "object" / "5_plain.jpg").write_bytes(content)
    got = r"a (file without the head of a JPEG|damaged file \(.*\))"
    with pytest.raises(CommandError, match=rf"5_plain\.jpg: expected a JPEG, got {got}; replace the file\.$"):
        load_textures(str(jpeg_directory))


@pytest.mark.parametrize("kind", JPEGS)
def test_textures_are_turned_and_of_every_encoding(jpeg_directory, kind):
    file, picture = JPEGS[kind]
    (jpeg_directory / "object" / "6_plain.jpg").write_bytes(file)
    expected = Image.fromarray(picture).resize((150, 150), Image.Resampling.NEAREST)
    found = load_textures(str(jpeg_directory)).foreground[6, 3:153, 3:153]
    np.testing.assert_array_equal(found, np.asarray(expected))


def test_textures_that_cannot_be_read_are_named(jpeg_directory):
    path = jpeg_directory / "background" / "6_plain.jpg"
    refused = {PNGS["RGBA"].file: "a file without the head of a JPEG", jpeg(BLOCKS)[:-80]: r"a damaged file \(.*\)"}
    for content, got in refused.items():
        path.write_bytes(content)
        with pytest.raises(CommandError, match=rf"^textures: {re.escape(str(path))}: expected a JPEG, got {got}; rep"):
            load_textures(str(jpeg_directory))
    path.unlink()
    path.mkdir()
    with pytest.raises(CommandError, match=r"got a file that cannot be read \(Is a directory\); replace the file\.$"):
        load_textures(str(jpeg_directory))


def test_directory_of_something_else_is_refused(tmp_path):
    with pytest.raises(CommandError, match="expected object/ and background/ in it"):
        load_textures(str(tmp_path))


@pytest.mark.parametrize("source", ["stripes", "/no/such/directory", ""])
def test_unknown_source_is_named(source):
    with pytest.raises(CommandError, match=f"expected procedural, tfds, or a directory, got '{source}'"):
        load_textures(source)


def test_procedural_textures_are_always_the_same():
    first, second = load_textures("procedural"), load_textures("procedural")
    np.testing.assert_array_equal(first.foreground, second.foreground)
    np.testing.assert_array_equal(first.background, second.background)


def test_procedural_strokes_are_brighter_than_backgrounds():
    textures = load_textures("procedural")
    luma = np.array([0.299, 0.587, 0.114])
    strokes = (textures.foreground @ luma).mean((1, 2))
    backgrounds = (textures.background @ luma).mean((1, 2))
    assert strokes.min() - backgrounds.max() > 25


@pytest.mark.parametrize("name", ["foreground", "background"])
def test_procedural_classes_are_told_apart_by_a_crop(name):
    """The mean and the spread of the colour of a 32×32 crop give its class away, with the nearest of ten means."""
    textures = getattr(load_textures("procedural"), name).astype(np.float64)
    generator = np.random.default_rng(5)

    def statistics(label: int) -> np.ndarray:
        row, column = generator.integers(0, 125, 2)
        crop = textures[label, row : row + 32, column : column + 32].reshape(-1, 3)
        return np.concatenate([crop.mean(0), crop.std(0)])

    centres = np.array([np.mean([statistics(label) for _ in range(20)], axis=0) for label in range(10)])
    labels = generator.integers(0, 10, 500)
    guesses = [int(np.argmin(np.linalg.norm(centres - statistics(label), axis=1))) for label in labels]
    assert np.mean(np.array(guesses) == labels) > 0.99
