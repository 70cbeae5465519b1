"""A served classifier: files in, classes out."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.ops.resize import resize_nearest
from tests.serving.asked import MAX_ROWS, call, encoded, files, photo
from tests.serving.bad_files import BAD, ODD, TEXT, animated, announced, png, scans


def expected(classifier: DigitClassifier, images: list[np.ndarray]) -> np.ndarray:
    """Probabilities of uint8 images of any size."""
    small = np.stack([np.asarray(resize_nearest(image, 32, axis=0)) for image in images])
    return keras.ops.convert_to_numpy(keras.ops.softmax(classifier(small.astype(np.float32) / 127.5 - 1.0)))


def probabilities(served: Any, *contents: bytes) -> np.ndarray:
    return call(served["classify"], files(*contents))["probabilities"]


def test_pngs_of_any_size(classifier: DigitClassifier, served_classifier: Any) -> None:
    sizes = [(32, 32), (28, 28), (64, 50), (1, 1), (7, 63), (33, 31)]
    images = [photo(*size, seed=i) for i, size in enumerate(sizes)]
    for name in ("classify", "serving_default"):
        found = call(served_classifier[name], files(*map(encoded, images)))
        np.testing.assert_allclose(found["probabilities"], expected(classifier, images), rtol=0, atol=1e-5)
        np.testing.assert_array_equal(found["label"], found["probabilities"].argmax(axis=1))
        assert found["label"].dtype == np.int64


def test_a_jpeg_is_nearly_its_pixels(classifier: DigitClassifier, served_classifier: Any) -> None:
    image = np.repeat(np.repeat(photo(4, 4), 16, axis=0), 16, axis=1)
    found = probabilities(served_classifier, encoded(image, "JPEG", quality=95, subsampling=0))
    np.testing.assert_allclose(found, expected(classifier, [image]), atol=0.02)


def test_a_batch_of_eight_equals_eight_single_requests(served_classifier: Any) -> None:
    contents = [encoded(photo(20 + i, 30, seed=i), "PNG" if i % 2 else "JPEG") for i in range(8)]
    together = probabilities(served_classifier, *contents)
    alone = np.concatenate([probabilities(served_classifier, one) for one in contents])
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-5)
    assert len(np.unique(together[:, 0])) == 8


@pytest.mark.parametrize("kind", ODD)
def test_unusual_files(served_classifier: Any, kind: str) -> None:
    assert probabilities(served_classifier, ODD[kind]).sum() == pytest.approx(1.0, abs=1e-5)


def test_grey_is_three_equal_channels_sixteen_bits_are_eight_and_alpha_lies_on_black(
    classifier: DigitClassifier, served_classifier: Any
) -> None:
    grey, dark = (np.full((8, 8, 3), level, np.uint8) for level in (0x55, 28))  # 85 · 85/255 = 28.33
    contents = [png(colour=0), png(depth=16, colour=0), png(depth=16), png(colour=4), png(depth=16, colour=6)]
    found = probabilities(served_classifier, *contents)
    np.testing.assert_allclose(found, expected(classifier, [grey] * 3 + [dark] * 2), rtol=0, atol=1e-5)


def test_of_an_animation_the_first_frame_counts(classifier: DigitClassifier, served_classifier: Any) -> None:
    black = np.zeros((12, 12, 3), np.uint8)
    np.testing.assert_allclose(probabilities(served_classifier, animated()), expected(classifier, [black]), atol=1e-5)


@pytest.mark.parametrize("kind", BAD)
def test_a_wrong_file_is_an_invalid_argument_that_is_named(served_classifier: Any, kind: str) -> None:
    content, message = BAD[kind]
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        probabilities(served_classifier, encoded(photo(9, 9)), content)
    assert "image_bytes" in str(caught.value)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 4000  # and not the file


@pytest.mark.parametrize("rows", [0, MAX_ROWS + 1])
def test_too_few_or_too_many_files(served_classifier: Any, rows: int) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=rf"expected 1 to {MAX_ROWS} rows, got\] \[{rows}\]"):
        probabilities(served_classifier, *[png()] * rows)


def test_a_file_that_is_not_in_a_row(served_classifier: Any) -> None:
    for wrong in (np.array(png(), object), np.array([[png()]], object)):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"image_bytes: expected shape \[B\], got"):
            call(served_classifier["classify"], {"image_bytes": wrong})


def test_bombs_are_refused_before_they_go_off(served_classifier: Any) -> None:
    """Decoded, they would take seconds, and one of them gigabytes."""
    bombs = [png(8_000, 8_000), png(extra=300 * TEXT), scans(2_000), announced(2**31 - 1, 1)]
    for bomb in bombs:
        begin = time.perf_counter()
        with pytest.raises(tf.errors.InvalidArgumentError, match="image_bytes: expected at most"):
            probabilities(served_classifier, bomb)
        assert time.perf_counter() - begin < 1.0
