from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from cgn_tf.serving.client.json_values import error_message, from_json, to_json
from cgn_tf.serving.client.metadata import TensorSpec, metadata_of, statuses_of


def spec(dtype: Any, *shape: int | None) -> TensorSpec:
    return TensorSpec(np.dtype(dtype), shape)


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.array([[1, -2]], np.int64), "[[1, -2]]"),
        (np.array([2**63 - 1, -(2**63)]), "[9223372036854775807, -9223372036854775808]"),
        (np.array([1.0, 0.1], np.float64), "[1.0, 0.1]"),
        (np.array([np.nan, np.inf, -np.inf], np.float32), "[NaN, Infinity, -Infinity]"),
        (np.array([True, False]), "[true, false]"),
        (np.array([b"\x00\xff\x00", b""], object), '[{"b64": "AP8A"}, {"b64": ""}]'),
        (np.array([["a"], ["ü"]], object), '[["a"], ["\\u00fc"]]'),
        (np.zeros((0,), np.float32), "[]"),
    ],
)
def test_arrays_there_and_back(array: np.ndarray, text: str) -> None:
    assert json.dumps(to_json(array)) == text
    back = from_json(json.loads(text), spec(array.dtype, *[None] * array.ndim))
    assert back.dtype == array.dtype
    wanted = [value.encode() if isinstance(value, str) else value for value in array.ravel().tolist()]
    assert str(back.ravel().tolist()) == str(wanted)  # NaN is not equal to itself
    assert back.shape == array.shape


def test_float32_comes_back_to_the_last_bit() -> None:
    array = np.random.default_rng(0).integers(0, 2**32, 10_000, dtype=np.uint32).view(np.float32)
    back = from_json(json.loads(json.dumps(to_json(array))), spec(np.float32, None))
    np.testing.assert_array_equal(back, array)


def test_strings_are_bytes_whichever_way_they_are_written() -> None:
    back = from_json([{"b64": "AP8A"}, "ü"], spec(object, 2))
    assert back.tolist() == [b"\x00\xff\x00", "ü".encode()]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ([1, 2], spec(np.int64, None, 2)),
        ([[1, 2]], spec(np.int64, None, 3)),
        ([[1], [1, 2]], spec(np.int64, None, None)),
        ([300], spec(np.uint8, None)),
        ([None], spec(np.int64, None)),
        ([{"b64": "AP8A"}], spec(np.float32, None)),
        ([1], spec(object, None)),
        ([{"b64": "?"}], spec(object, None)),
        ("text", spec(np.float32)),
    ],
)
def test_values_that_do_not_fit(value: Any, wanted: TensorSpec) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        from_json(value, wanted)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{ "error": "plain" }', "plain"),
        ('{"error":"plain"}\n', "plain"),
        (r"""{ "error": "\'a\' \"b\" \\ \n \303\274" }""", "'a' \"b\" \\ \n ü"),  # the first is no JSON
        ("<html>", "<html>"),
        ("", "an empty body"),
    ],
)
def test_error_bodies(body: str, message: str) -> None:
    assert error_message(body) == message


def test_long_bodies_are_cut() -> None:
    assert len(error_message("x" * 10_000)) == 500


def test_metadata_as_tf_serving_writes_it() -> None:
    text = """{
     "model_spec": {"name": "cgn", "signature_name": "", "version": "3"},
     "metadata": {"signature_def": {
      "@type": "type.googleapis.com/tensorflow.serving.SignatureDefMap",
      "signature_def": {
       "png": {
        "inputs": {"seed": {"dtype": "DT_INT64", "tensor_shape":
         {"dim": [{"size": "-1", "name": ""}], "unknown_rank": false}, "name": "png_seed:0"}},
        "outputs": {"image_bytes":
         {"dtype": "DT_STRING", "tensor_shape": {"dim": [], "unknown_rank": true}, "name": "x:0"}},
        "method_name": "tensorflow/serving/predict"},
       "__saved_model_init_op": {"inputs": {}, "outputs": {"__saved_model_init_op":
        {"dtype": "DT_INVALID", "tensor_shape": {"dim": [], "unknown_rank": true}, "name": "NoOp"}}, "method_name": ""}
      }}}}"""
    about = metadata_of(json.loads(text))
    assert about.version == 3
    assert about.signatures.keys() == {"png"}
    assert about.signatures["png"].inputs == {"seed": spec(np.int64, None)}
    assert about.signatures["png"].outputs == {"image_bytes": TensorSpec(np.dtype(object), None)}


def test_status_as_tf_serving_writes_it() -> None:
    text = """{"model_version_status": [
     {"version": "9", "state": "LOADING", "status": {"error_code": "OK", "error_message": ""}},
     {"version": "10", "state": "END", "status": {"error_code": "NOT_FOUND", "error_message": "no file"}}]}"""
    assert statuses_of(json.loads(text)) == [(10, "END", "NOT_FOUND", "no file"), (9, "LOADING", "OK", "")]
