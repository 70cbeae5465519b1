from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.generation.config import PARTS
from cgn_tf.generation.counterfactuals import Counterfactuals
from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.maskers.clip import ClipMasker
from cgn_tf.models.mechanisms.conv import ConvMechanism
from cgn_tf.render.grid import grey, to_uint8
from cgn_tf.types import PREMASK_RANGE, Triplet
from tests.flat_cgn import flat_cgn


@pytest.fixture(scope="module")
def cgn() -> CGN:
    keras.utils.set_random_seed(0)
    model = digit_cgn(init="normal", gain=0.1)
    model.build()
    return model


def test_images_are_those_of_the_cgn_for_the_draws(cgn: CGN) -> None:
    counterfactuals = Counterfactuals(cgn, seed=3, shapes=2, images_per_mask=4)
    parts, labels = counterfactuals(5)
    assert list(parts) == ["image"]
    images = parts["image"]
    assert (images.dtype, images.shape) == (tf.uint8, (8, 32, 32, 3))
    draws = counterfactuals.draws(tf.constant(5, tf.int64))
    noise = draws.noise._replace(shape=np.repeat(draws.noise.shape, 4, axis=0))
    repeated = draws.labels._replace(shape=np.repeat(draws.labels.shape, 4))
    for factor, expected in zip(labels, repeated, strict=True):
        np.testing.assert_array_equal(factor, expected)
    expected = to_uint8(np.asarray(cgn(noise, repeated, offsets=draws.offsets).image))
    assert np.abs(np.int32(images) - np.int32(expected)).max() <= 1  # rounding at .5
    assert np.mean(np.asarray(images) != expected) < 0.01
    assert np.asarray(images).std() > 10


def test_a_batch_is_a_function_of_seed_and_index(cgn: CGN) -> None:
    first = Counterfactuals(cgn, seed=3, shapes=2, images_per_mask=3)
    again = Counterfactuals(cgn, seed=3, shapes=2, images_per_mask=3)
    first(0)
    np.testing.assert_array_equal(first(7)[0]["image"], again(7)[0]["image"])
    # (3, 8) and (4, 7): no sum of the two
    others = first(8), Counterfactuals(cgn, seed=4, shapes=2, images_per_mask=3)(7)
    images = [np.asarray(parts["image"]) for parts, _ in (first(7), *others)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.mean(images[one] != images[other]) > 0.5


def test_labels_are_uniform_and_independent(cgn: CGN) -> None:
    draws = Counterfactuals(cgn, seed=0, shapes=2_000, images_per_mask=10).draws(tf.constant(0, tf.int64))
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
        Counterfactuals(cgn, seed=0, shapes=3, images_per_mask=2, truncation=factor).draws(tf.constant(1, tf.int64))
        for factor in (1.0, 0.5)
    )
    for one, other in zip(whole.noise, half.noise, strict=True):
        np.testing.assert_array_equal(other, one)
    assert (whole.truncation, half.truncation) == (Triplet.same(1.0), Triplet.same(0.5))
    np.testing.assert_array_equal(whole.labels.texture, half.labels.texture)


def test_the_noise_of_textures_has_a_factor_of_its_own(cgn: CGN) -> None:
    one, other = (
        Counterfactuals(cgn, seed=0, shapes=3, images_per_mask=2, truncation=0.5, texture_noise=factor).draws(
            tf.constant(1, tf.int64)
        )
        for factor in (1.0, 3.0)
    )
    for found, expected in zip(other.noise, one.noise, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert (one.truncation, other.truncation) == (Triplet.same(0.5), Triplet(0.5, 1.5, 1.5))


def test_a_factor_on_the_noise_of_textures_is_refused_where_all_have_one(
    cgn: CGN, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgn, "shares_noise", True)
    Counterfactuals(cgn, seed=0, shapes=3, images_per_mask=2)
    with pytest.raises(ValueError, match="texture_noise: expected 1, got 3: this CGN is not one of digits"):
        Counterfactuals(cgn, seed=0, shapes=3, images_per_mask=2, texture_noise=3.0)


@pytest.mark.parametrize("shuffles", [False, True])
def test_images_of_another_size(shuffles: bool) -> None:
    mechanisms = Triplet(
        ConvMechanism([1], None, name="shape"),
        ConvMechanism([4], 3, name="texture"),
        ConvMechanism([4], 3, name="background"),
    )
    small = CGN(
        mechanisms, ClipMasker(True, name="masker"), num_classes=10, noise_dim=8, embedding_dim=10, shuffles=shuffles
    )
    small.build()
    counterfactuals = Counterfactuals(small, seed=0, shapes=40, images_per_mask=2)
    assert counterfactuals(0)[0]["image"].shape == (80, 16, 16, 3)
    offsets = counterfactuals.draws(tf.constant(0, tf.int64)).offsets
    assert (offsets is not None) == shuffles
    if shuffles:
        assert (np.min(offsets), np.max(offsets)) == (0, 15)


def test_all_parts_of_a_digit_cgn(cgn: CGN) -> None:
    counterfactuals = Counterfactuals(cgn, seed=3, shapes=2, images_per_mask=2, outputs=PARTS)
    parts, labels = counterfactuals(5)
    assert list(parts) == list(PARTS)
    draws = counterfactuals.draws(tf.constant(5, tf.int64))
    noise = draws.noise._replace(shape=np.repeat(draws.noise.shape, 2, axis=0))
    composite = cgn(noise, labels, offsets=draws.offsets)
    expected = {
        "image": to_uint8(composite.image),
        "mask": grey(composite.mask)[..., :1],
        "premask": grey(composite.premask, *PREMASK_RANGE)[..., :1],
        "foreground": to_uint8(composite.foreground),
        "background": to_uint8(composite.background),
    }
    for name, part in parts.items():
        assert part.shape == expected[name].shape
        assert np.abs(np.int32(part) - np.int32(expected[name])).max() <= 1, name  # rounding at .5
    np.testing.assert_array_equal(parts["mask"][0], parts["mask"][1])


def test_the_image_does_not_depend_on_the_parts_beside_it(cgn: CGN) -> None:
    alone, beside = (
        Counterfactuals(cgn, seed=3, shapes=2, images_per_mask=2, outputs=outputs)(5)[0]["image"]
        for outputs in (("image",), PARTS)
    )
    # what is beside it changes how TensorFlow joins operations: a rounding at .5
    assert np.abs(np.int32(alone) - np.int32(beside)).max() <= 1
    assert np.mean(np.asarray(alone) != np.asarray(beside)) < 1e-3


def test_labels_are_drawn_from_the_choice_alone() -> None:
    choice = Triplet((7,), (1, 4, 9), (0, 5))
    draws = Counterfactuals(flat_cgn(), seed=0, shapes=3_000, images_per_mask=2, classes=choice).draws(
        tf.constant(0, tf.int64)
    )
    for labels, classes in zip(draws.labels, choice, strict=True):
        found, counts = np.unique(labels, return_counts=True)
        assert tuple(found) == classes
        np.testing.assert_allclose(counts / counts.sum(), 1 / len(classes), atol=0.03)
    table = np.zeros((10, 10))
    np.add.at(table, (draws.labels.texture, draws.labels.background), 1)
    np.testing.assert_allclose(table[table > 0] / 6_000, 1 / 6, atol=0.03)  # independent: all six pairs alike


def test_a_choice_changes_neither_noise_nor_the_labels_of_other_factors() -> None:
    everything, one = (
        Counterfactuals(flat_cgn(), seed=0, shapes=50, images_per_mask=2, classes=classes).draws(
            tf.constant(3, tf.int64)
        )
        for classes in (None, Triplet(tuple(range(10)), (3,), tuple(range(10))))
    )
    np.testing.assert_array_equal(everything.noise.shape, one.noise.shape)
    np.testing.assert_array_equal(everything.labels.shape, one.labels.shape)
    np.testing.assert_array_equal(everything.labels.background, one.labels.background)
    assert set(np.asarray(one.labels.texture)) == {3}


def test_the_noise_of_an_image_is_shared_by_its_factors() -> None:
    draws = Counterfactuals(flat_cgn(), seed=0, shapes=5, images_per_mask=3).draws(tf.constant(0, tf.int64))
    assert draws.offsets is None
    repeated = np.repeat(draws.noise.shape, 3, axis=0)
    np.testing.assert_array_equal(draws.noise.texture, repeated)
    np.testing.assert_array_equal(draws.noise.background, repeated)
    assert len(np.unique(draws.noise.shape)) == 20


def test_truncated_noise_ends_at_two_standard_deviations() -> None:
    counterfactuals = Counterfactuals(flat_cgn(noise_dim=128), seed=0, shapes=1_000, images_per_mask=1)
    noise = np.asarray(counterfactuals.draws(tf.constant(0, tf.int64)).noise.shape)
    assert 1.99 < np.abs(noise).max() <= 2
    assert noise.std() == pytest.approx(0.8796, rel=0.01)  # of a normal distribution cut at ±2
    assert abs(noise.mean()) < 0.01


@pytest.mark.parametrize("truncation", [1.0, 0.5])
def test_the_truncation_reaches_the_mechanisms(truncation: float) -> None:
    counterfactuals = Counterfactuals(
        flat_cgn(), seed=0, shapes=2, images_per_mask=2, truncation=truncation, outputs=PARTS
    )
    parts, _ = counterfactuals(0)
    blue = {1.0: 255, 0.5: 191}[truncation]  # 0.5 is three quarters of the way from -1 to 1
    for name in ("premask", "foreground", "background"):
        assert set(np.unique(parts[name][..., 2])) == {blue}, name
    red = truncation * np.asarray(counterfactuals.draws(tf.constant(0, tf.int64)).noise.texture).mean(axis=1)
    expected = to_uint8(np.repeat(red[:, None], 3, axis=1))
    assert np.abs(np.int32(parts["foreground"][:, 0, 0, 0]) - expected[:, 0]).max() <= 1


def test_parts_in_eight_bits() -> None:
    classes: Triplet[tuple[int, ...]] = Triplet((2,), (7,), (3,))
    parts, labels = Counterfactuals(flat_cgn(), seed=0, shapes=2, images_per_mask=2, classes=classes, outputs=PARTS)(0)
    assert [int(factor[0]) for factor in labels] == [2, 7, 3]
    assert {name: (part.dtype, part.shape) for name, part in parts.items()} == {
        name: (tf.uint8, (4, 8, 8, 1 if name == "mask" else 3)) for name in PARTS
    }
    assert set(np.unique(parts["mask"])) == {51}  # 255 · 2/10
    # a label is its share of the ten classes, which is what is left of [-1, 1] below it
    for name, green in (("premask", 51), ("foreground", 178), ("background", 76)):
        assert set(np.unique(parts[name][..., 1])) == {green}, name
    assert set(np.unique(parts["image"][..., 1])) == {97}  # 0.2 · 0.7 + 0.8 · 0.3 = 0.38


def test_the_same_class_for_all_factors(cgn: CGN) -> None:
    paired = Counterfactuals(cgn, seed=3, shapes=20, images_per_mask=2, same_classes=True).draws(0)
    independent = Counterfactuals(cgn, seed=3, shapes=20, images_per_mask=2).draws(0)
    np.testing.assert_array_equal(paired.labels.shape, independent.labels.shape)
    for factor in (paired.labels.texture, paired.labels.background):
        np.testing.assert_array_equal(factor, np.repeat(paired.labels.shape, 2))
    assert not np.array_equal(independent.labels.texture, np.repeat(independent.labels.shape, 2))
    np.testing.assert_array_equal(paired.noise.texture, independent.noise.texture)
