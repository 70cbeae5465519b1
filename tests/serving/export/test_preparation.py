"""What a served classifier makes of a photograph is what its training images were."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.images.square import square
from cgn_tf.ops.resize import resize_nearest
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.serving.export.preparation import DIGITS, Preparation

GREEN = (10, 200, 30)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("shape", [(97, 64), (64, 97), (20, 31), (32, 32), (200, 7)])
def test_photographs_are_seen_as_in_training(fit: str, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    coarse = Image.fromarray(random.integers(0, 256, (5, 5, 3), dtype=np.uint8))
    image = np.asarray(coarse.resize(shape[::-1], Image.Resampling.BILINEAR))
    prepare = tf.function(lambda one: Preparation(fit, GREEN)(one, 32))
    found = prepare(tf.constant(image)).numpy()
    expected = square(image, 32, fit, GREEN)
    assert (found.shape, found.dtype) == ((32, 32, 3), np.uint8)
    assert np.abs(found.astype(int) - expected).max() <= 2
    if fit == "pad":
        np.testing.assert_array_equal((found == GREEN).all(axis=-1), (expected == GREEN).all(axis=-1))


def test_what_a_run_recorded() -> None:
    data = to_dict(DataConfig(dataset="folder"))
    assert Preparation.of({"data": data}) == Preparation("crop", (0, 0, 0))
    data["dataset_options"]["image"] |= {"fit": "pad", "alpha_colour": [1, 2, 3]}
    assert Preparation.of({"data": data}) == Preparation("pad", (1, 2, 3))
    assert Preparation.of({"data": {"dataset": "colored_mnist"}}) == Preparation.of({}) == DIGITS
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    np.testing.assert_array_equal(DIGITS(tf.constant(image), 32), resize_nearest(image, 32, axis=0))
