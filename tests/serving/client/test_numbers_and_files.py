"""Real numbers and files of a request arrive as they are given, or a ValueError refuses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.serving.client.client import Client
from cgn_tf.serving.client.inputs import as_array
from cgn_tf.serving.client.retry import Retry
from cgn_tf.types import Triplet
from tests.serving.keeping import Transport

NOISE = np.zeros((2, 3), np.float32)
UNREAL: dict[str, Any] = {
    "None": None, "text": "0.5", "bytes": b"0.5", "bool": True, "NumPy's bool": np.bool_(True), "complex": 1 + 2j,
    "NaN": float("nan"), "infinity": -np.inf, "1e300": 1e300, "10**400": 10**400, "above float32": np.float64(3.5e38),
    "NumPy's complex": np.complex64(1j), "a date": np.datetime64("2020-01-01"), "an object": object(),
    "ragged": [[1], [1, 2]],
}  # fmt: skip
# input → a call with it; interpolate's noise is a matrix with the value in it
NUMBERS: dict[str, Callable[[Client, Any], Any]] = {
    "sample truncation": lambda client, value: client.sample([1, 2], Triplet.same(0), value),
    "png truncation": lambda client, value: client.png([1, 2], Triplet.same(0), value),
    "interpolate truncation": lambda client, value: client.interpolate(
        NOISE, NOISE, Triplet.same(0), Triplet.same(0), 0.5, value
    ),
    "interpolate fraction": lambda client, value: client.interpolate(
        NOISE, NOISE, Triplet.same(0), Triplet.same(0), value
    ),
    "interpolate start_noise": lambda client, value: client.interpolate(
        _matrix(value), NOISE, Triplet.same(0), Triplet.same(0), 0.5
    ),
    "interpolate end_noise": lambda client, value: client.interpolate(
        NOISE, _matrix(value), Triplet.same(0), Triplet.same(0), 0.5
    ),
}


def _matrix(value: Any) -> Any:
    row = value if isinstance(value, (list, np.ndarray)) else [value, value]
    return np.stack([row, row]) if isinstance(row, np.ndarray) else [row, row]


@pytest.mark.parametrize("kind", UNREAL)
@pytest.mark.parametrize("asked", NUMBERS)
def test_what_is_no_finite_real_number_is_refused_before_anything_is_asked(asked: str, kind: str) -> None:
    transport, value, name = Transport(), UNREAL[kind], asked.split()[1]
    for given in (value, [0.5, value], *([] if kind == "ragged" else [np.array([value, value])])):
        with pytest.raises(
            ValueError, match=f"^{name}: expected finite real numbers that float32 holds, got"
        ) as raised:
            NUMBERS[asked](Client(transport, 1.0, Retry()), given)
        assert len(str(raised.value).splitlines()) == 1
    assert transport.asked == []


@pytest.mark.parametrize("asked", NUMBERS)
@pytest.mark.parametrize(
    "value", [7, 7.0, np.float16(7), np.uint8(7), [7, 7.0], np.array([7, 7]), np.full(2, 7, object), (7.0, 7)]
)
def test_real_numbers_arrive_as_float32(asked: str, value: Any) -> None:
    transport, name = Transport(), asked.split()[1]
    NUMBERS[asked](Client(transport, 1.0, Retry()), list(value) if isinstance(value, tuple) else value)
    array = transport.asked[0][name]
    assert (array.dtype, np.unique(array).tolist(), len(array)) == (np.float32, [7.0], 2)


@pytest.mark.parametrize("number", [0.365, tf.constant([0.365, 0.5]), tf.constant([0.5, 0.25], tf.bfloat16)])
def test_tensors_and_fractions_are_numbers(number: Any) -> None:
    transport = Transport()
    Client(transport, 1.0, Retry()).sample([1, 2], Triplet.same(0), number)
    expected = np.broadcast_to(np.asarray(number, np.float32), 2)
    np.testing.assert_array_equal(transport.asked[0]["truncation"], expected)


@pytest.mark.parametrize("noise", [None, 0.5, [0.5], np.zeros((2, 3, 1))])
def test_noise_is_a_matrix(noise: Any) -> None:
    transport = Transport()
    for ends in ((noise, NOISE), (NOISE, noise)):
        with pytest.raises(ValueError, match=r"^(start|end)_noise: expected (noise of shape \[B, d\]|finite real)"):
            Client(transport, 1.0, Retry()).interpolate(*ends, Triplet.same(0), Triplet.same(0), 0.5)
    assert transport.asked == []


@pytest.mark.parametrize("labels", [None, 5, [1, 2], (1, 2, 3, 4)])
def test_labels_are_three(labels: Any) -> None:
    with pytest.raises(ValueError, match=r"^labels: expected a Triplet of shape, texture and background, got"):
        Client(Transport(), 1.0, Retry()).sample([1], labels)


@pytest.mark.parametrize(
    "images",
    [b"GIF89a", bytearray(b"GIF"), memoryview(b"GIF"), "a.png", ["a.png"], [], (), None, 5, [b"GIF", None], [b"a", "b"],
     [1, 2], [[b"GIF"]], np.zeros((2, 4, 4, 3), np.uint8)],
)  # fmt: skip
def test_images_that_are_no_files_are_refused_before_anything_is_asked(images: Any) -> None:
    transport = Transport()
    with pytest.raises(
        ValueError, match=r"^images: expected a list of one or more files, each as bytes, got "
    ) as raised:
        Client(transport, 1.0, Retry()).classify(images)
    assert len(str(raised.value).splitlines()) == 1
    assert transport.asked == []


@pytest.mark.parametrize(
    "images",
    [
        [b"a\0", b""],
        (b"a\0", b""),
        [bytearray(b"a\0"), memoryview(b"")],
        np.array([b"a\0", b""], object),
        tf.constant([b"a\0", b""]),
    ],
)
def test_files_arrive_as_bytes(images: Any) -> None:
    transport = Transport()
    Client(transport, 1.0, Retry()).classify(images)
    array = transport.asked[0]["image_bytes"]
    assert (array.dtype, array.tolist()) == (np.object_, [b"a\0", b""])


@pytest.mark.parametrize("value", [[0.5, 1e300], [1j], [True, 0.5], [1, False], [0.5, 1e39]])
def test_predict_changes_no_number(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^x: expected (finite real )?numbers"):
        as_array("x", value)
