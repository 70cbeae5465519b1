"""Requests that nobody thought of: answered, or refused as INVALID_ARGUMENT, and the memory stays what it is."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.encodings import JPEGS, PNGS
from tests.serving.asked import CGN_SIGNATURES, MAX_ROWS, Request, call, files, right
from tests.serving.bad_files import BAD, JPEG, ODD, PNG, PROGRESSIVE

PARTS = 10
GROWTH = 64 * 2**20
"""Bytes by which resident memory may be larger at the end than after a first tenth; a leak of one 32×32 image in float
for each of 2,000 requests would be 25 MB, of a decoded file of the largest size 100 MB."""

FLOATS = st.one_of(
    st.floats(width=32),
    st.sampled_from([0.0, 1.0, -0.0, 1e-45, 3.4e38, -3.4e38, 1.0000001, float("nan"), float("inf")]),
)
INTEGERS = st.one_of(st.integers(0, 4), st.integers(-(2**63), 2**63 - 1), st.sampled_from([-1, 5, 2**31, 2**32]))
ROWS = st.one_of(st.integers(1, MAX_ROWS), st.sampled_from([0, 1, MAX_ROWS + 1, 100]))
RANKS = st.lists(st.integers(0, 4), max_size=4)
STRANGE = st.sampled_from(range(8)).map(lambda one: one == 0)
WHOLE = [PNG, JPEG, PROGRESSIVE, *ODD.values(), *(encoded.file for encoded in {**PNGS, **JPEGS}.values())]


@st.composite
def cgn_requests(draw: st.DrawFn, signature: str) -> Request:
    """A right request of some rows, of whose inputs some have other values, and some another shape."""
    asked = right(signature, draw(ROWS), seed=draw(st.integers(0, 99)))
    for name in draw(st.lists(st.sampled_from(sorted(asked)), max_size=3, unique=True)):
        values = asked[name]
        numbers = INTEGERS if values.dtype.kind == "i" else FLOATS
        if draw(STRANGE):
            shape = tuple(draw(RANKS))
            asked[name] = np.full(shape, draw(numbers), values.dtype)
        elif values.size:
            at = draw(st.integers(0, values.size - 1))
            changed = values.copy()
            changed.reshape(-1)[at] = draw(numbers)
            asked[name] = changed
    return asked


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file with some bytes changed, cut off or put in between."""
    content = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content) - 1)) if content else 0
        match draw(st.integers(0, 3)):
            case 0 if content:
                content[at] = draw(st.integers(0, 255))
            case 1:
                del content[at:]
            case 2:
                content[at:at] = draw(st.binary(max_size=20))
            case 3:
                del content[at : at + draw(st.integers(1, 40))]
    return bytes(content)


CONTENTS = st.one_of(
    damaged(),
    st.binary(max_size=200),
    st.sampled_from([bad for bad, _ in BAD.values()]),
    st.sampled_from([*ODD.values()]),
)
FILES = st.one_of(CONTENTS.map(lambda one: [one]), st.lists(CONTENTS, max_size=MAX_ROWS + 2)).map(
    lambda contents: files(*contents)
)


def assert_answered_or_refused(signature: Any, request: Request) -> bool:
    """Whether it is answered."""
    try:
        found = call(signature, request)
    except tf.errors.InvalidArgumentError as error:
        message = str(error)
    else:
        return _has_its_form(signature, request, found)
    assert "expected" in message
    return False


def _has_its_form(signature: Any, request: Request, found: Request) -> bool:
    """Rows, types and shapes are those of the signature and the request."""
    rows = {len(values) for values in found.values()}
    assert rows == {len(next(iter(request.values())))}
    specs = signature.structured_outputs
    for name, values in found.items():
        assert values.dtype == (object if specs[name].dtype == tf.string else specs[name].dtype.as_numpy_dtype)
        assert specs[name].shape.is_compatible_with(values.shape)
    return True


def resident() -> int:
    """Bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Answers:
    """Counts the answers of a model's signatures to requests of `hypothesis`, and looks at the memory between them."""

    def __init__(self, served: Any, strategies: dict[str, Any], requests: int) -> None:
        self.asked, self.answered = 0, 0
        self.sizes: list[int] = []
        share = -(-requests // len(strategies) // PARTS)
        for _ in range(PARTS):
            for name, strategy in strategies.items():
                self._ask(served[name], strategy, share)
            self.sizes.append(resident())

    def _ask(self, signature: Any, strategy: Any, count: int) -> None:
        @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(strategy)
        def one(request: Request) -> None:
            self.asked += 1
            self.answered += assert_answered_or_refused(signature, request)

        one()

    def assert_right(self, requests: int) -> None:
        assert self.asked >= requests
        assert 0.05 < self.answered / self.asked < 0.95  # both happen
        assert max(self.sizes[1:]) - self.sizes[0] < GROWTH, [size >> 20 for size in self.sizes]


def test_two_thousand_malformed_and_extreme_requests(served: Any, served_classifier: Any) -> None:
    """Afterwards right ones are answered as they were before."""
    before = {name: call(served[name], right(name, 3)) for name in CGN_SIGNATURES}
    share = 2_000 // (len(CGN_SIGNATURES) + 1)
    of_cgn = 2_000 - share
    Answers(served, {name: cgn_requests(name) for name in CGN_SIGNATURES}, of_cgn).assert_right(of_cgn)
    Answers(served_classifier, {"classify": FILES}, share).assert_right(share)
    for name, expected in before.items():
        for output, values in call(served[name], right(name, 3)).items():
            np.testing.assert_array_equal(values, expected[output], err_msg=f"{name}: {output}")


@pytest.mark.parametrize("signature", CGN_SIGNATURES)
def test_the_largest_finite_noise_is_answered(served: Any, signature: str) -> None:
    given = right(signature, 2)
    for name, values in given.items():
        if name.endswith("noise"):
            given[name] = np.full_like(values, np.finfo(np.float32).max)
    assert assert_answered_or_refused(served[signature], given)
