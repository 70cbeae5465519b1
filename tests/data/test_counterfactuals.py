from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.data.counterfactuals import Counterfactuals, as_uint8, shifted
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN
from cgn_tf.models.conv_mechanism import ConvMechanism
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.masker import ClipMasker
from cgn_tf.ops.shift import circular_shift
from cgn_tf.render.grid import to_uint8
from cgn_tf.types import Triplet


@pytest.fixture(scope="module")
def cgn() -> CGN:
    keras.utils.set_random_seed(0)
    model = digit_cgn(init="normal", gain=0.1)
    model.build()
    return model


def test_images_are_those_of_the_cgn_for_the_draws(cgn: CGN) -> None:
    counterfactuals = Counterfactuals(cgn, seed=3, shapes=2, per_shape=4)
    images, labels = counterfactuals(5)
    assert (images.dtype, images.shape) == (tf.uint8, (8, 32, 32, 3))
    draws = counterfactuals.draws(tf.constant(5, tf.int64))
    noise = draws.noise._replace(shape=np.repeat(draws.noise.shape, 4, axis=0))
    repeated = draws.labels._replace(shape=np.repeat(draws.labels.shape, 4))
    for factor, expected in zip(labels, repeated, strict=True):
        np.testing.assert_array_equal(factor, expected)
    expected = to_uint8(np.asarray(cgn(noise, repeated, draws.offsets).image))
    assert np.abs(np.int32(images) - np.int32(expected)).max() <= 1  # rounding at .5
    assert np.mean(np.asarray(images) != expected) < 0.01
    assert np.asarray(images).std() > 10


def test_a_batch_is_a_function_of_seed_and_index(cgn: CGN) -> None:
    first = Counterfactuals(cgn, seed=3, shapes=2, per_shape=3)
    again = Counterfactuals(cgn, seed=3, shapes=2, per_shape=3)
    first(0)
    np.testing.assert_array_equal(first(7)[0], again(7)[0])
    # (3, 8) and (4, 7): no sum of the two
    others = first(8), Counterfactuals(cgn, seed=4, shapes=2, per_shape=3)(7)
    images = [np.asarray(images) for images, _ in (first(7), *others)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.mean(images[one] != images[other]) > 0.5


def test_labels_are_uniform_and_independent(cgn: CGN) -> None:
    draws = Counterfactuals(cgn, seed=0, shapes=2_000, per_shape=10).draws(tf.constant(0, tf.int64))
    labels = [np.repeat(draws.labels.shape, 10), np.asarray(draws.labels.texture), np.asarray(draws.labels.background)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        table = np.zeros((10, 10))
        np.add.at(table, (labels[one], labels[other]), 1)
        # 200 expected in each cell, binomial: five standard deviations; shapes come in tens
        assert np.abs(table - 200).max() < (5 * 200**0.5) * (10**0.5 if one == 0 else 1)
    noise = [np.asarray(part) for part in draws.noise]
    assert [part.shape for part in noise] == [(2_000, 32), (20_000, 32), (20_000, 32)]
    assert abs(np.corrcoef(noise[1].ravel(), noise[2].ravel())[0, 1]) < 0.01
    offsets = np.asarray(draws.offsets).reshape(-1, 4)
    assert (offsets.min(), offsets.max()) == (0, 31)
    assert np.abs(np.corrcoef(offsets.T) - np.eye(4)).max() < 0.05


def test_truncation_scales_the_noise(cgn: CGN) -> None:
    whole, half = (
        Counterfactuals(cgn, 0, shapes=3, per_shape=2, truncation=factor).draws(tf.constant(1, tf.int64))
        for factor in (1.0, 0.5)
    )
    for one, other in zip(whole.noise, half.noise, strict=True):
        np.testing.assert_allclose(other, 0.5 * np.asarray(one), rtol=1e-6)
    np.testing.assert_array_equal(whole.labels.texture, half.labels.texture)


def test_the_gather_and_the_products_shift_alike() -> None:
    random = np.random.default_rng(0)
    images = random.standard_normal((4, 32, 32, 3), np.float32)
    offsets = random.integers(0, 32, size=(4, 2), dtype=np.int32)
    np.testing.assert_array_equal(shifted(tf.constant(images), tf.constant(offsets)), circular_shift(images, offsets))


def test_rounding_equals_that_of_pictures() -> None:
    values = np.linspace(-1.1, 1.1, 3 * 4097, dtype=np.float32).reshape(1, 4097, 3)
    np.testing.assert_array_equal(as_uint8(values), to_uint8(values))


def test_images_of_another_size() -> None:
    mechanisms = Triplet(
        ConvMechanism([1], None, name="shape"),
        ConvMechanism([4], 3, name="texture"),
        ConvMechanism([4], 3, name="background"),
    )
    small = CGN(mechanisms, ClipMasker(True, name="masker"), num_classes=10, noise_dim=8, embedding_dim=10)
    small.build()
    with pytest.raises(CommandError, match="expected a digit CGN, whose images are 32×32×3, got images of 16×16×3"):
        Counterfactuals(small, 0, shapes=1, per_shape=2)(0)
