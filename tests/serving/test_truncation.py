"""A served CGN whose mechanisms normalise by a truncation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.checkpoints import Origin
from cgn_tf.models.cgn import CGN
from cgn_tf.serving import saved_model
from cgn_tf.serving.signatures import generate_signature
from cgn_tf.types import Triplet
from tests.flat_cgn import flat_cgn

Request = dict[str, np.ndarray]


def request(cgn: CGN, truncation: list[float], seed: int = 0) -> Request:
    random = np.random.default_rng(seed)
    rows = len(truncation)
    noise = np.clip(random.standard_normal((rows, cgn.noise_dim)), -2, 2) * np.array(truncation)[:, None]
    labels = {f"{factor}_label": random.integers(0, cgn.num_classes, rows) for factor in Triplet._fields}
    return {"noise": noise.astype(np.float32), **labels, "truncation": np.array(truncation, np.float32)}


def call(served: Any, given: Request) -> dict[str, np.ndarray]:
    return {k: v.numpy() for k, v in served(**{k: tf.constant(v) for k, v in given.items()}).items()}


def rows_of(given: Request, rows: slice) -> Request:
    return {name: values[rows] for name, values in given.items()}


def assert_answers_as_the_model(served: Any, cgn: CGN) -> None:
    given = request(cgn, [1.0, 0.5, 0.365])
    labels = Triplet(*(given[f"{factor}_label"] for factor in Triplet._fields))
    wanted = cgn(given["noise"], labels, truncation=given["truncation"])._asdict()
    found = call(served, given)
    assert set(found) == set(wanted)
    for name, part in wanted.items():
        np.testing.assert_allclose(found[name], part, rtol=0, atol=1e-5, err_msg=name)
    singly = [call(served, rows_of(given, slice(i, i + 1))) for i in range(3)]
    for name, part in found.items():
        np.testing.assert_allclose(np.concatenate([one[name] for one in singly]), part, rtol=0, atol=1e-5, err_msg=name)
    other = call(served, given | {"truncation": np.array([1.0, 0.5, 0.9], np.float32)})
    changed = [bool(np.abs(other["image"][i] - found["image"][i]).max() > 1e-2) for i in range(3)]
    assert changed == [False, False, True]  # of each image its own truncation


def assert_signature(served: Any, cgn: CGN) -> None:
    takes = {name: (spec.shape.as_list(), spec.dtype) for name, spec in served.structured_input_signature[1].items()}
    assert takes == {
        "noise": ([None, cgn.noise_dim], tf.float32),
        **{f"{factor}_label": ([None], tf.int64) for factor in Triplet._fields},
        "truncation": ([None], tf.float32),
    }
    size = cgn.image_size
    gives = {name: spec.shape.as_list() for name, spec in served.structured_outputs.items()}
    colour = [None, size, size, 3]
    assert gives == {**dict.fromkeys(gives, colour), "mask": [None, size, size, 1]}


WRONG = [
    ([1.0, 0.0], "[truncation: expected values in (0, 1], got] [0]"),
    ([1.5, 1.0], "[truncation: expected values in (0, 1], got] [1.5]"),
    ([-0.5, 1.001], "[truncation: expected values in (0, 1], got] [-0.5 1.001]"),
    ([np.nan, 0.5], "[truncation: expected values in (0, 1], got] [nan]"),
    ([np.inf, 0.5], "[truncation: expected values in (0, 1], got] [inf]"),
    ([0.5], "[truncation: expected one value for each row of noise, shape] [2] [got] [1]"),
    ([0.5] * 3, "[truncation: expected one value for each row of noise, shape] [2] [got] [3]"),
    ([[0.5], [0.5]], "[truncation: expected one value for each row of noise, shape] [2] [got] [2 1]"),
]


def assert_refuses(served: Any, cgn: CGN, truncation: Any, message: str) -> None:
    given = request(cgn, [1.0, 1.0]) | {"truncation": np.array(truncation, np.float32)}
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        call(served, given)
    assert message in str(caught.value)


@pytest.fixture(scope="module")
def flat() -> CGN:
    return flat_cgn()


@pytest.fixture(scope="module")
def flat_served(flat: CGN, origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = saved_model.export(flat, origin, tmp_path_factory.mktemp("flat") / "cgn", max_batch_size=6)
    return tf.saved_model.load(str(folder)).signatures["serving_default"]


def test_a_truncation_for_each_row(flat: CGN, flat_served: Any) -> None:
    assert_signature(flat_served, flat)
    assert_answers_as_the_model(flat_served, flat)
    blue = call(flat_served, request(flat, [1.0, 0.5, 0.365]))["foreground"][:, 0, 0, 2]
    np.testing.assert_array_equal(blue, np.array([1.0, 0.5, 0.365], np.float32))


@pytest.mark.parametrize(("truncation", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_truncation_is_an_invalid_argument_that_is_named(
    flat: CGN, flat_served: Any, truncation: Any, message: str
) -> None:
    assert_refuses(flat_served, flat, truncation, message)


def test_a_truncation_is_needed(flat: CGN, flat_served: Any) -> None:
    given = request(flat, [0.5])
    del given["truncation"]
    with pytest.raises(TypeError, match="truncation"):
        call(flat_served, given)


def test_mechanisms_without_statistics_for_it_take_none(cgn: CGN) -> None:
    takes = generate_signature(cgn, 6).input_signature
    assert [spec.name for spec in takes] == ["noise", "shape_label", "texture_label", "background_label"]


@pytest.mark.slow
def test_the_small_cgn_at_128_pixels(
    small_imagenet_model: CGN, small_imagenet_folded: CGN, origin: Origin, tmp_path: Path
) -> None:
    folder = saved_model.export(small_imagenet_model, origin, tmp_path / "cgn", max_batch_size=3)
    served = tf.saved_model.load(str(folder)).signatures["serving_default"]
    assert_signature(served, small_imagenet_folded)
    assert_answers_as_the_model(served, small_imagenet_folded)
    for truncation, message in WRONG:
        assert_refuses(served, small_imagenet_folded, truncation, message)
