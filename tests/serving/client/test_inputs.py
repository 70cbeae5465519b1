"""What a program gives becomes the arrays of a request unchanged, or a ValueError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.errors import CommandError
from cgn_tf.serving.client import client as client_module
from cgn_tf.serving.client.client import Client, connect
from cgn_tf.serving.client.errors import DeadlineError
from cgn_tf.serving.client.inputs import as_array, whole_numbers
from cgn_tf.serving.client.retry import Retry
from cgn_tf.types import LABEL_NAMES, Triplet
from tests.serving.keeping import Transport

NOISE = np.zeros((2, 3), np.float32)
LOWEST, HIGHEST = -(2**63), 2**63 - 1


# kind → two of a kind as a program may give them
WRONG: dict[str, Any] = {
    "fractions": [0.9, 1.7],
    "whole floats": [3.0, 4.0],
    "a fraction among whole numbers": [1, 2.5],
    "NaN": [0, float("nan")],
    "1e30": [1e30, 1],
    "bools": [True, False],
    "a bool among whole numbers": [1, True],
    "texts": ["1", "2"],
    "None": [None, 1],
    "complex": [1j, 2],
    "from 2**63": [0, 2**63],
    "from 2**64": [2**64, 1],
    "below -2**63": [LOWEST - 1, 0],
    "both ends": [2**63, -1],
    "array of floats": np.array([0.9, 1.7]),
    "array of float32": np.array([1, 2], np.float32),
    "array of bools": np.array([True, False]),
    "array of uint64": np.array([2**63, 1], np.uint64),
    "array of objects": np.array([1, 1.5], object),
    "array of texts": np.array(["1", "2"]),
    "tensor of floats": tf.constant([0.9, 1.7]),
    "ragged": [[1], [1, 2]],
}
# the same as one value for all
SCALARS: dict[str, Any] = {
    "fraction": 1.7, "whole float": 3.0, "NaN": float("nan"), "1e30": 1e30, "bool": True, "text": "1", "None": None,
    "NumPy's float": np.float32(1.7), "NumPy's bool": np.bool_(True), "2**63": 2**63, "NumPy's": np.uint64(2**63),
    "array": np.array(1.7),
}  # fmt: skip


def label_at(position: int, value: Any) -> Triplet[Any]:
    return Triplet(*(value if place == position else 0 for place in range(3)))


METHODS: dict[str, Callable[[Client, Any], Any]] = {
    "sample's seeds": lambda client, value: client.sample(value, Triplet.same(0)),
    "png's seeds": lambda client, value: client.png(value, Triplet.same(0)),
    **{
        f"{method}'s {name}": lambda client, value, method=method, place=place: getattr(client, method)(
            [1, 2], label_at(place, value)
        )
        for method in ("sample", "png")
        for place, name in enumerate(LABEL_NAMES)
    },
    "interpolate's start": lambda client, value: client.interpolate(
        NOISE, NOISE, label_at(1, value), Triplet.same(0), 0.5
    ),
    "interpolate's end": lambda client, value: client.interpolate(
        NOISE, NOISE, Triplet.same(0), label_at(2, value), 0.5
    ),
}


@pytest.mark.parametrize("method", METHODS)
def test_numbers_that_are_not_whole_are_refused_before_anything_is_asked(method: str) -> None:
    transport = Transport()
    client = Client(transport, 1.0, Retry())
    for kind, value in {**WRONG, **({} if "seeds" in method else SCALARS)}.items():
        with pytest.raises(ValueError, match=r"expected whole numbers from -9223372036854775808 to ") as raised:
            METHODS[method](client, value)
        name = "seeds" if "seeds" in method else "_label"
        assert name in str(raised.value).split(":")[0], kind
        assert len(str(raised.value).splitlines()) == 1, kind
    assert transport.asked == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "value",
    [
        [LOWEST, HIGHEST],
        (np.int64(LOWEST), np.uint64(HIGHEST)),
        np.array([LOWEST, HIGHEST]),
        np.array([LOWEST, HIGHEST], object),
        tf.constant([LOWEST, HIGHEST], tf.int64),
        [tf.constant(LOWEST, tf.int64), np.array(HIGHEST)],
    ],
    ids=["list", "NumPy's", "array", "objects", "tensor", "mixed"],
)
def test_whole_numbers_arrive_as_they_are(method: str, value: Any) -> None:
    transport = Transport()
    METHODS[method](Client(transport, 1.0, Retry()), value)
    (asked,) = transport.asked
    arrived = [array for array in asked.values() if array.dtype == np.int64 and array.tolist() == [LOWEST, HIGHEST]]
    assert len(arrived) == 1


def test_small_types_and_ranges_are_whole_numbers() -> None:
    for value in (range(3), np.arange(3, dtype=np.uint8), tf.range(3)):
        array = whole_numbers("seeds", value)
        assert (array.dtype, array.tolist()) == (np.int64, [0, 1, 2])
    assert whole_numbers("seeds", []).shape == (0,)


@pytest.mark.parametrize("seeds", [5, [[1, 2], [3, 4]]])
def test_seeds_stand_in_a_row(seeds: Any) -> None:
    with pytest.raises(ValueError, match=r"^seeds: expected several, of shape \[B\], got the shape \["):
        Client(Transport(), 1.0, Retry()).sample(seeds, Triplet.same(0))


@pytest.mark.parametrize(
    "value", [[2**63], [2**64], [2**63, -1], [LOWEST - 1], 2**63, [[0, 2**63]], np.array([2**64], object)]
)
def test_predict_wraps_nothing(value: Any) -> None:
    transport = Transport()
    with pytest.raises(ValueError, match=r"^seed: expected whole numbers from .*, got -?9223|^seed: .*, got 1844"):
        Client(transport, 1.0, Retry()).predict("sample", {"seed": value})
    assert transport.asked == []


@pytest.mark.parametrize("value", [None, [None, 1], [b"a", 1], ["a", 2.0], object(), [[1], [1, 2]]])
def test_predict_takes_numbers_or_strings(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^x: expected numbers, or strings alone, got |inhomogeneous"):
        as_array("x", value)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([1, HIGHEST], np.int64),
        (7, np.int64),
        ([0.5, 1], np.float32),
        ([], np.float32),
        ([True, False], np.bool_),
        ([b"a\0", b""], np.object_),
        ("text", np.object_),
        (np.array([1], np.uint64), np.uint64),
        (np.array([0.5]), np.float64),
        (tf.constant([0.5]), np.float32),
        (tf.constant([5], tf.int32), np.int64),
    ],
)
def test_types_of_what_is_sent(value: Any, dtype: Any) -> None:
    array = as_array("x", value)
    assert array.dtype == dtype
    assert array.tolist() == (value.numpy() if tf.is_tensor(value) else np.array(value, object)).tolist()


@pytest.mark.parametrize("version", [2**63, 10**400, -1, True, 1.0, "3", float("nan")])
@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_versions_that_cannot_be(scheme: str, version: Any) -> None:
    with pytest.raises(CommandError, match=r"^version: expected a whole number from 0 to 9223372036854775807, got"):
        connect(f"{scheme}://localhost:1", "cgn", version)


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan"), float("inf"), 1e300, 1_000_001])
def test_times_that_cannot_be(timeout: float) -> None:
    with pytest.raises(CommandError, match=r"^timeout: expected seconds above 0, at most 1000000, got"):
        connect("http://localhost:1", "cgn", timeout=timeout)


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_the_longest_time_is_one_that_both_can_count(scheme: str) -> None:
    with (
        connect(f"{scheme}://127.0.0.1:1", "cgn", timeout=1e6, retry=Retry(attempts=1)) as client,
        pytest.raises(CommandError, match="got UNAVAILABLE"),
    ):
        client.status()


@pytest.mark.parametrize("seconds", [0.0, -7e-7, -5.0])
@pytest.mark.parametrize("ask", ["status", "metadata", "predict"])
@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_an_attempt_without_time_is_one_beyond_the_deadline(
    scheme: str, ask: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "call", lambda attempt, *_: attempt(seconds))
    given = ("sample", {"seed": [1]}) if ask == "predict" else ()
    with connect(f"{scheme}://127.0.0.1:1", "cgn") as client, pytest.raises(DeadlineError) as caught:
        getattr(client, ask)(*given)
    assert (caught.value.code, caught.value.attempts) == ("DEADLINE_EXCEEDED", 1)
    assert str(caught.value).endswith("; allow more time, or ask for fewer rows at once.")


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_the_shortest_time_is_over_before_the_first_attempt(scheme: str) -> None:
    with connect(f"{scheme}://127.0.0.1:1", "cgn", timeout=1e-9) as client, pytest.raises(DeadlineError):
        client.sample([1], Triplet.same(0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"address": None}, "address: expected a text such as http://localhost:8501, got None."),
        ({"address": b"http://a"}, "address: expected a text such as http://localhost:8501, got b'http://a'."),
        ({"model": None}, "model: expected a name of letters, digits, _, - and ., got None."),
        ({"model": 5}, "model: expected a name of letters, digits, _, - and ., got 5."),
        ({"timeout": "6"}, "timeout: expected seconds above 0, at most 1000000, got '6'."),
        ({"timeout": None}, "timeout: expected seconds above 0, at most 1000000, got None."),
        ({"timeout": True}, "timeout: expected seconds above 0, at most 1000000, got True."),
        ({"timeout": [[1], [1, 2]]}, "timeout: expected seconds above 0, at most 1000000, got [[1], [1, 2]]."),
        ({"timeout": [1.0]}, "timeout: expected seconds above 0, at most 1000000, got [1.0]."),
        ({"retry": 3}, "retry: expected a Retry or None, got 3."),
    ],
)
def test_values_of_other_types_make_no_client(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(CommandError) as raised:
        connect(**{"address": "http://localhost:1", "model": "cgn", **wrong})
    assert str(raised.value) == message
