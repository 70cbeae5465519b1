"""Samples of a CGN: images that follow from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cgn_tf.models.cgn import CGN
from cgn_tf.types import Composite, Sample, Triplet
from tests.flat_cgn import flat_cgn


@pytest.fixture(scope="module")
def many() -> Sample:
    return flat_cgn().sample(2_000, seed=5)


def test_the_images_are_those_of_the_noise_and_the_labels(digits: CGN) -> None:
    sample = digits.sample(4, seed=1, truncation=0.7)
    assert sample.image.shape == (4, 32, 32, 3)
    assert (sample.noise.shape, sample.noise.dtype) == ((4, 32), np.float32)
    assert [(label.shape, label.dtype) for label in sample.labels] == [((4,), np.int32)] * 3
    expected = digits(sample.noise, sample.labels, truncation=0.7)
    for name, part, other in zip(Composite._fields, sample.composite, expected, strict=True):
        np.testing.assert_array_equal(part, other, err_msg=name)
    assert sample.image is sample.composite.image


def test_it_begins_as_one_of_fewer_images(digits: CGN) -> None:
    few, more = digits.sample(2, seed=9), digits.sample(4, seed=9)
    np.testing.assert_array_equal(more.noise[:2], few.noise)
    for label, first in zip(more.labels, few.labels, strict=True):
        np.testing.assert_array_equal(label[:2], first)
    np.testing.assert_allclose(more.image[:2], few.image, atol=1e-5)
    assert len(np.unique(more.noise)) == more.noise.size


def test_another_seed_is_another_sample(digits: CGN) -> None:
    one, other = digits.sample(20, seed=0), digits.sample(20, seed=1)
    assert not np.intersect1d(one.noise, other.noise).size  # nor the same one some rows later
    for label, another in zip(one.labels, other.labels, strict=True):
        assert not np.array_equal(label, another)


def test_the_numbers_never_change(digits: CGN) -> None:
    sample = digits.sample(6, seed=2)
    assert [label.tolist() for label in sample.labels] == [[9, 4, 8, 2, 0, 4], [9, 5, 8, 8, 2, 5], [7, 2, 3, 1, 6, 7]]
    expected = [[-0.63942939, -0.18700573, -0.82845527], [-0.5911034, 0.58756059, -0.1692916]]
    np.testing.assert_allclose(sample.noise[[0, 5], :3], expected, atol=1e-6)


def test_labels_are_independent_and_all_as_likely(many: Sample) -> None:
    for one, other in ((0, 1), (0, 2), (1, 2)):
        table = np.zeros((10, 10))
        np.add.at(table, (many.labels[one], many.labels[other]), 1)
        assert np.abs(table - 20).max() < 5 * 20**0.5  # binomial: five standard deviations
    assert np.abs(many.noise).max() <= 2
    assert many.noise.std() == pytest.approx(0.8796, rel=0.02)  # of a normal distribution cut at ±2


def test_given_labels_change_no_other_draw(digits: CGN) -> None:
    drawn = digits.sample(3, seed=4)
    given = digits.sample(3, seed=4, shape=3, background=[1, 0, 9])
    assert [label.tolist() for label in given.labels] == [[3] * 3, drawn.labels.texture.tolist(), [1, 0, 9]]
    np.testing.assert_array_equal(given.noise, drawn.noise)
    np.testing.assert_array_equal(given.composite.foreground, drawn.composite.foreground)


def test_labels_of_all_factors(digits: CGN) -> None:
    for labels, expected in ((7, [7, 7]), (np.array([2, 8]), [2, 8])):
        sample = digits.sample(2, labels=labels)
        assert [label.tolist() for label in sample.labels] == [expected] * 3


def test_seeds_of_their_own(digits: CGN) -> None:
    together = digits.sample(3, seed=[7, 8, 7])
    for row, seed in enumerate((7, 8, 7)):
        one = digits.sample(1, seed=seed)
        np.testing.assert_array_equal(together.noise[row : row + 1], one.noise)
        assert [label[row] for label in together.labels] == [label[0] for label in one.labels]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 0}, r"^n: expected at least 1 image, got 0\.$"),
        ({"labels": 3, "texture": 1}, r"^labels: expected none beside a label of shape, texture or background"),
        ({"labels": Triplet(1, 2, 3)}, r"^labels: expected one label of all factors, got a Triplet"),
        ({"seed": 2**63}, r"^seed: expected at most 9223372036854775807, got 9223372036854775808\.$"),
        ({"seed": 0.5}, r"^seed: expected an integer, or 2 of them, got float64 \[\]\.$"),
        ({"seed": [1, 2, 3]}, r"^seed: expected an integer, or 2 of them, got int64 \[3\]\.$"),
        ({"shape": 10}, r"^shape labels: expected values in \[0, 10\), got \[10\]\.$"),
        ({"texture": [1, 2, 3]}, r"^texture labels: expected 2 rows, as many as the noise, got 3;"),
        ({"truncation": -1}, r"^truncation: expected finite numbers from 0 on"),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str, digits: CGN) -> None:
    with pytest.raises(ValueError, match=message):
        digits.sample(**{"n": 2, **given})


def test_a_number_of_images_is_whole(digits: CGN) -> None:
    with pytest.raises(TypeError, match=r"^n: expected a whole number of images, got 2\.0\.$"):
        digits.sample(2.0)  # type: ignore[arg-type]
