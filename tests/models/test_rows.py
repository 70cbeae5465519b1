"""A CGN takes as many rows of everything, and says which it was given."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.types import Triplet

ADVICE = "; give one row per image"
OR_ONE = rf"{ADVICE}, or one int as the label of all images\.$"


@pytest.fixture(scope="module")
def cgn() -> CGN:
    keras.utils.set_random_seed(3)
    model = digit_cgn()
    model.build()
    return model


def noise(rows: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, 32)).astype(np.float32)


@pytest.mark.parametrize("rows", [1, 2, 8])
@pytest.mark.parametrize("form", [list, np.array, tf.constant])
def test_labels_are_not_broadcast(rows: int, form: Any, cgn: CGN) -> None:
    labels = form([1] * rows)
    with pytest.raises(ValueError, match=rf"^labels: expected 4 rows, as many as the noise, got {rows}{OR_ONE}"):
        cgn(noise(4), labels)
    for factor in ("texture", "background"):
        message = rf"^{factor} labels: expected 4 rows, as many as the noise, got {rows}{OR_ONE}"
        with pytest.raises(ValueError, match=message):
            cgn(noise(4), Triplet.same(form([1] * 4))._replace(**{factor: labels}))


@pytest.mark.parametrize("rows", [1, 2, 8])
@pytest.mark.parametrize("factor", ["texture", "background"])
def test_noise_is_not_broadcast(factor: str, rows: int, cgn: CGN) -> None:
    with pytest.raises(
        ValueError, match=rf"^{factor} noise: expected 4 rows, as many as the shape noise, got {rows}{ADVICE}\.$"
    ):
        cgn(Triplet.same(noise(4))._replace(**{factor: noise(rows)}), [1] * 4)


def test_embeddings_and_offsets_have_the_rows_of_the_noise(cgn: CGN) -> None:
    embeddings = cgn.embed([1, 2, 3])
    with pytest.raises(
        ValueError, match=rf"^shape embeddings: expected 4 rows, as many as the noise, got 3{ADVICE}\.$"
    ):
        cgn(noise(4), embeddings=embeddings)
    for rows in (1, 2, 8):
        offsets = np.zeros((rows, 2, 2), np.int32)
        with pytest.raises(
            ValueError, match=rf"^offsets: expected 4 rows, as many as the noise, got {rows}{ADVICE}\.$"
        ):
            cgn(noise(4), [1] * 4, offsets=offsets)
        with pytest.raises(
            ValueError, match=rf"^offsets: expected 4 rows, as many as the noise, got {rows}{ADVICE}\.$"
        ):
            cgn(noise(4), [1] * 4, offsets=offsets.tolist())


@pytest.mark.parametrize("images_per_mask", [1, 2])
def test_there_is_at_least_one_row(images_per_mask: int, cgn: CGN) -> None:
    first = "noise" if images_per_mask == 1 else "shape noise"
    for empty, name in ((noise(0), first), (Triplet(noise(1), noise(0), noise(0)), "texture noise")):
        with pytest.raises(ValueError, match=rf"^{name}: expected at least 1 row, got 0\.$"):
            cgn(empty, np.zeros(0, np.int32), images_per_mask=images_per_mask)
    labels = "labels" if images_per_mask == 1 else "shape labels"
    with pytest.raises(ValueError, match=rf"^{labels}: expected at least 1 row, got 0\.$"):
        cgn(noise(1), np.zeros(0, np.int32), images_per_mask=images_per_mask)


@pytest.mark.parametrize("form", [np.array, tf.constant, np.ndarray.tolist])
@pytest.mark.parametrize("factor", Triplet._fields)
def test_complex_noise_is_refused(factor: str, form: Any, cgn: CGN) -> None:
    noises = Triplet.same(noise(2))._replace(**{factor: form(noise(2) * 1j)})
    with pytest.raises(ValueError, match=rf"^{factor} noise: expected real numbers \[B, 32\], got complex ones\.$"):
        cgn(noises, [1, 2])


def test_rows_that_a_graph_does_not_know_are_taken(cgn: CGN) -> None:
    image = tf.function(
        lambda noise, labels, offsets: cgn(noise, labels, offsets=offsets).image,
        input_signature=[
            tf.TensorSpec([None, 32]),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([None, 2, 2], tf.int32),
        ],
    )
    offsets = np.full((3, 2, 2), 5, np.int32)
    expected = cgn(noise(3), [1, 2, 3], offsets=offsets).image
    np.testing.assert_allclose(image(noise(3), np.int32([1, 2, 3]), offsets), expected, atol=1e-5)


def test_rows_that_a_graph_knows_are_compared_whatever_it_does_not(cgn: CGN) -> None:
    labels = tf.TensorSpec([2], tf.int32)
    image = tf.function(lambda noise, *labels: cgn(noise, Triplet(*labels)).image)
    with pytest.raises(ValueError, match=r"texture labels: expected 2 rows, as many as the shape labels, got 1;"):
        image.get_concrete_function(tf.TensorSpec([None, 32]), labels, tf.TensorSpec([1], tf.int32), labels)


LABELS = [
    Triplet(3, 7, 1),
    Triplet(3, [7] * 4, 1),
    Triplet(np.int64(3), tf.constant(7), np.array([1] * 4)),
    Triplet.same(3),
]


@pytest.mark.parametrize("labels", LABELS)
def test_one_int_is_the_label_of_all_images(labels: Triplet[Any], cgn: CGN) -> None:
    rows = Triplet(*(np.full(4, label) if np.ndim(label) == 0 else label for label in labels))
    for name, part, expected in zip(Triplet._fields, cgn(noise(4), labels), cgn(noise(4), rows), strict=False):
        np.testing.assert_array_equal(part, expected, err_msg=name)
    np.testing.assert_array_equal(cgn(noise(4), 3).image, cgn(noise(4), [3] * 4).image)


def test_one_int_is_the_label_of_a_graph_of_any_size(cgn: CGN) -> None:
    image = tf.function(
        lambda noise, label: cgn(noise, Triplet(label, 7, 1)).image,
        input_signature=[tf.TensorSpec([None, 32]), tf.TensorSpec([], tf.int64)],
    )
    expected = cgn(noise(3), Triplet([3] * 3, [7] * 3, [1] * 3)).image
    np.testing.assert_allclose(image(noise(3), 3), expected, atol=1e-5)


def test_one_int_is_the_label_of_all_masks_or_of_all_images_of_a_mask(cgn: CGN) -> None:
    noises = Triplet(noise(2), noise(6), noise(6))
    found = cgn(noises, Triplet([3, 4], 7, 1), images_per_mask=3).image
    np.testing.assert_array_equal(found, cgn(noises, Triplet([3, 4], [7] * 6, [1] * 6), images_per_mask=3).image)
    same = cgn(noises, 5, images_per_mask=3).image
    np.testing.assert_array_equal(same, cgn(noises, Triplet([5] * 2, [5] * 6, [5] * 6), images_per_mask=3).image)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (10, r"^shape labels: expected values in \[0, 10\), got \[10\]\.$"),
        (2**40, r"^shape labels: expected values in \[0, 10\), got \[1099511627776\]\.$"),
        (Triplet(1, 3.0, 1), r"^texture labels: expected integers in \[0, 10\), got dtype float64\.$"),
        (Triplet(1, 1, "three"), r"^background labels: expected integers in \[0, 10\), got dtype <U5\.$"),
        (True, r"^shape labels: expected integers in \[0, 10\), got dtype bool\.$"),
        (Triplet(1, [1, 2], 1), r"^texture labels: expected 4 rows, as many as the noise, got 2;"),
    ],
)
def test_a_label_that_is_none(labels: Any, message: str, cgn: CGN) -> None:
    with pytest.raises(ValueError, match=message):
        cgn(noise(4), labels)


def test_embeddings_are_those_of_rows_alone(cgn: CGN) -> None:
    with pytest.raises(ValueError, match=r"^shape labels: expected shape \[B\], got \(\)\.$"):
        cgn.embed(3)
