"""The truncation of a CGN: one factor on the noise, which mechanisms that normalise by one have, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.types import Composite, Triplet
from tests.flat_cgn import flat_cgn


def noise(rows: int, width: int = 32) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, width)).astype(np.float32)


def assert_equal(found: Composite, expected: Composite) -> None:
    for name, part, other in zip(Composite._fields, found, expected, strict=True):
        np.testing.assert_array_equal(part, other, err_msg=name)


@pytest.mark.parametrize("truncation", [0.0, 0.7, 1.0, 2.0])
def test_of_digits_it_is_a_factor_on_the_noise(truncation: float, digits: CGN) -> None:
    assert_equal(digits(noise(2), [1, 2], truncation=truncation), digits(np.float32(truncation) * noise(2), [1, 2]))


def test_rows_and_factors_may_have_their_own(digits: CGN) -> None:
    rows = np.float32([0.5, 1.5])
    expected = digits(rows[:, None] * noise(2), [1, 2])
    assert_equal(digits(noise(2), [1, 2], truncation=rows), expected)
    assert_equal(digits(noise(2), [1, 2], truncation=tf.constant(rows)), expected)
    factors = Triplet(0.5, rows, 3.0)
    noises = Triplet(np.float32(0.5) * noise(2), rows[:, None] * noise(2), np.float32(3.0) * noise(2))
    assert_equal(digits(noise(2), [1, 2], truncation=factors), digits(noises, [1, 2]))


def test_masks_of_several_images_have_their_own(digits: CGN) -> None:
    noises, labels = Triplet(noise(2), noise(6), noise(6)), Triplet(1, 2, 3)
    rows = Triplet(np.float32([0.5, 2.0]), 1.0, np.linspace(0, 1, 6, dtype=np.float32))
    scaled = noises._replace(
        shape=rows.shape[:, None] * noises.shape, background=rows.background[:, None] * noises.background
    )
    found = digits(noises, labels, images_per_mask=3, truncation=rows)
    assert_equal(found, digits(scaled, labels, images_per_mask=3))


def test_what_normalises_by_it_has_the_same() -> None:
    composite = flat_cgn()(noise(2, 4), 3, truncation=np.float32([0.25, 1.0]))
    red, _, blue = np.asarray(composite.foreground)[:, 0, 0].T
    np.testing.assert_allclose(red, noise(2, 4).mean(axis=1) * [0.25, 1.0], atol=1e-6)
    np.testing.assert_array_equal(blue, [0.25, 1.0])


@pytest.mark.parametrize(
    ("truncation", "message"),
    [
        (-0.5, r"^truncation: expected finite numbers from 0 on, got \[-0\.5\]\.$"),
        (np.nan, r"^truncation: expected finite numbers from 0 on, got \[nan\]\.$"),
        (Triplet(1.0, np.inf, 1.0), r"^texture truncation: expected finite numbers from 0 on, got \[inf\]\.$"),
        ([[1.0], [1.0]], r"^truncation: expected a number or shape \[B\], got shape \(2, 1\)\.$"),
        (
            np.ones(3, np.float32),
            r"^truncation: expected 2 rows, as many as the noise, got 3; give one row per image\.$",
        ),
    ],
)
def test_what_cannot_be_one_of_digits(truncation: Any, message: str, digits: CGN) -> None:
    with pytest.raises(ValueError, match=message):
        digits(noise(2), [1, 2], truncation=truncation)


@pytest.mark.parametrize("truncation", [0.0, 1.5, Triplet(1.0, 1.5, 1.0)])
def test_what_nothing_can_be_normalised_by(truncation: Any) -> None:
    with pytest.raises(ValueError, match=r"truncation: expected values in \(0, 1\], got \[(0\.0|1\.5)\]\.$"):
        flat_cgn()(noise(2, 4), 3, truncation=truncation)
