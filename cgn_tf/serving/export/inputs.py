"""Inputs of signatures, and their checks inside the graph: a server has no others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf


class Input(NamedTuple):
    """One input: a value a row, or a row of `columns` numbers.

    Attributes:
        name: of the input.
        dtype: of its values.
        example: a number of rows → values that it takes, for comparisons and for requests that warm a server up.
        expected: which values it takes, in words; empty: any.
        allows: values [B] or [B, columns] → bool [B]; None: any.
        columns: of a matrix; None: shape [B].
        otherwise: what there is in rows that it does not allow, in words; empty: the values themselves are told.
        default: value of all rows where a Keras layer is given none; None: it has to be given. Servers are always.
    """

    name: str
    dtype: Any
    example: Callable[[int], np.ndarray]
    expected: str = ""
    allows: Callable[[Any], Any] | None = None
    columns: int | None = None
    otherwise: str = ""
    default: float | None = None

    @property
    def spec(self) -> tf.TensorSpec:
        """As it stands in the signature; B varies."""
        return tf.TensorSpec([None] if self.columns is None else [None, self.columns], self.dtype, name=self.name)


class Signature(NamedTuple):
    """What a server can be asked for: its inputs, and the `tf.function` that takes them in this order."""

    inputs: tuple[Input, ...]
    function: Any

    def example(self, rows: int) -> dict[str, np.ndarray]:
        """A request of some rows, by name."""
        return {one.name: one.example(rows) for one in self.inputs}


def served(inputs: Sequence[Input], answer: Callable[..., dict[str, Any]], max_batch_size: int) -> Signature:
    """The signature of `answer`, which is called with inputs by name once they are checked.

    Args:
        inputs: what it takes; all have as many rows as the first.
        answer: input tensors by name → output tensors by name.
        max_batch_size: rows that a request may have.

    Raises:
        tf.errors.InvalidArgumentError (INVALID_ARGUMENT of a server), where the function is called: no rows or more
            than `max_batch_size`, inputs of unequal numbers of rows or another rank or width, values that an input
            does not allow. The message names the input and says what was expected and what came.
    """

    @tf.function(
        autograph=False,
        jit_compile=False,  # a stock TF Serving has no XLA
        input_signature=[one.spec for one in inputs],
    )
    def function(*values: Any) -> dict[str, Any]:
        named = {one.name: value for one, value in zip(inputs, values, strict=True)}
        return answer(**checked(inputs, named, max_batch_size))

    return Signature(tuple(inputs), function)


def checked(inputs: Sequence[Input], values: Mapping[str, Any], max_batch_size: int) -> dict[str, Any]:
    """The tensors, which are there only once they have passed every check, one after the other; see `served`."""
    first = inputs[0]
    with require() as holds:
        rows = _rows(first, values[first.name], holds)
        for one in inputs[1:]:
            _hold_to_rows(one, values[one.name], first.name, rows, holds)
        holds((rows >= 1) & (rows <= max_batch_size), f"expected 1 to {max_batch_size} rows, got", rows)
        for one in inputs:
            _hold_to_range(one, values[one.name], holds)
        return {name: tf.identity(value) for name, value in values.items()}


@contextlib.contextmanager
def require() -> Iterator[Callable[..., None]]:
    """Gives a function (condition, *message) whose checks all that is made afterwards in the block waits for."""
    with contextlib.ExitStack() as passed:

        def holds(condition: Any, *message: Any) -> None:
            check = tf.raw_ops.Assert(condition=condition, data=message, summarize=8)
            passed.enter_context(tf.control_dependencies([check]))

        yield holds


def fed_shape(tensor: Any) -> Any:
    """The shape that a tensor has when the graph runs, int32 [rank].

    Servers feed what clients send, whatever the signature says of its shape. TensorFlow takes that for granted, would
    compute a check of the shape beforehand and find it passed; behind a placeholder of unknown shape it does not.
    """
    return tf.shape(tf.raw_ops.PlaceholderWithDefault(input=tensor, shape=None))


def _rows(first: Input, value: Any, holds: Callable[..., None]) -> Any:
    """How many rows the first input has."""
    shape = fed_shape(value)
    if first.columns is None:
        holds(tf.equal(tf.size(shape), 1), f"{first.name}: expected shape [B], got", shape)
    else:
        expected = f"{first.name}: expected shape [B, {first.columns}], got"
        holds(tf.equal(tf.size(shape), 2), expected, shape)
        holds(tf.equal(shape[1], first.columns), expected, shape)
    return shape[0]


def _hold_to_rows(one: Input, value: Any, first: str, rows: Any, holds: Callable[..., None]) -> None:
    """Holds an input to as many rows as the first one has."""
    shape = fed_shape(value)
    wanted = [rows] if one.columns is None else [rows, one.columns]
    each = "one value" if one.columns is None else f"{one.columns} values"
    expected = f"{one.name}: expected {each} for each row of {first}, shape"
    holds(tf.equal(tf.size(shape), len(wanted)), expected, wanted, "got", shape)
    holds(tf.reduce_all(tf.equal(shape, wanted)), expected, wanted, "got", shape)


def _hold_to_range(one: Input, value: Any, holds: Callable[..., None]) -> None:
    """Holds an input's values to what it allows."""
    if one.allows is None:
        return
    allowed = one.allows(value)
    wrong = tf.where(~allowed)[:, 0]
    got = [f"{one.otherwise} in rows", wrong] if one.otherwise else [tf.gather(value, wrong)]
    holds(tf.reduce_all(allowed), " ".join([f"{one.name}: expected {one.expected}, got", *got[:-1]]), got[-1])
