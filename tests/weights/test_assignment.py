from __future__ import annotations

import keras
import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.weights.assignment import AssignmentError, assign, named_variables


@pytest.fixture
def variables() -> dict[str, keras.Variable]:
    return {
        "kernel": keras.Variable(np.zeros((2, 3), np.float32)),
        "bias": keras.Variable(np.zeros(3, np.float32)),
        "count": keras.Variable(np.int64(0), dtype="int64"),
    }


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3)
    return {"count": np.array(7), "bias": np.float32([0.5, -0.0, 1e-40]), "kernel": kernel}


def test_every_variable_gets_the_bits_of_its_array(
    variables: dict[str, keras.Variable], arrays: dict[str, np.ndarray]
) -> None:
    assign(variables, arrays, "x")
    for name, variable in variables.items():
        assert variable.numpy().tobytes() == arrays[name].tobytes()


def test_all_problems_are_listed_and_nothing_is_assigned(
    variables: dict[str, keras.Variable], arrays: dict[str, np.ndarray]
) -> None:
    del arrays["bias"]
    arrays |= {"gamma": np.float32([1]), "kernel": arrays["kernel"].T}
    with pytest.raises(AssignmentError) as raised:
        assign(variables, arrays, "runs/one (model)")
    assert str(raised.value) == (
        "runs/one (model): does not fit the model: missing bias; unexpected gamma; "
        "mismatched kernel (expected float32 [2, 3], got float32 [3, 2])."
    )
    assert isinstance(raised.value, CommandError)
    assert variables["count"].numpy() == 0
    np.testing.assert_array_equal(variables["kernel"].numpy(), np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("name", "array", "problem"),
    [
        ("kernel", np.zeros((2, 3)), r"kernel \(expected float32 \[2, 3\], got float64 \[2, 3\]\)"),
        ("kernel", np.zeros((1, 3), np.float32), r"kernel \(expected float32 \[2, 3\], got float32 \[1, 3\]\)"),
        ("bias", np.float32(1), r"bias \(expected float32 \[3\], got float32 \[\]\)"),
        ("count", np.zeros(1, np.int64), r"count \(expected int64 \[\], got int64 \[1\]\)"),
        ("count", np.int32(1), r"count \(expected int64 \[\], got int32 \[\]\)"),
    ],
)
def test_nothing_is_cast_or_broadcast(
    variables: dict[str, keras.Variable],
    arrays: dict[str, np.ndarray],
    name: str,
    array: np.ndarray,
    problem: str,
) -> None:
    with pytest.raises(AssignmentError, match=f"mismatched {problem}"):
        assign(variables, arrays | {name: np.asarray(array)}, "x")


def test_long_lists_are_cut_and_counted() -> None:
    names = {f"v{i}": keras.Variable(np.float32(0)) for i in range(20)}
    with pytest.raises(AssignmentError, match=r"missing v0, v1, v2, v3, v4, v5, v6, v7 and 12 more\.$"):
        assign(names, {}, "x")


def test_variables_are_named_by_their_paths() -> None:
    model = keras.Sequential([keras.layers.Dense(2, name="first"), keras.layers.Dense(1, name="second")], name="net")
    model.build((None, 3))
    named = named_variables(model.variables)
    assert list(named) == ["net/first/kernel", "net/first/bias", "net/second/kernel", "net/second/bias"]
    assert named["net/second/kernel"] is model.layers[1].kernel


def test_one_path_for_two_variables_is_an_error() -> None:
    first, second = keras.layers.Dense(1, name="same"), keras.layers.Dense(1, name="same")
    first.build((None, 1))
    second.build((None, 1))
    with pytest.raises(ValueError, match="several of same/kernel, same/bias"):
        named_variables([*first.variables, *second.variables])
