"""Without Python a session feeds whatever the client sends: no check but those in the graph."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.encodings import JPEGS, PNGS
from tests.serving.asked import CGN_SIGNATURES, WRONG, call, encoded, files, photo, right
from tests.serving.bad_files import BAD
from tests.serving.c_loader import Answer, ask, write_requests

WARM_UP = Path("assets.extra") / "tf_serving_warmup_requests"


def assert_equal(answer: Answer, signature: Any, given: dict[str, np.ndarray]) -> None:
    """It is what TensorFlow's Python gives for the same."""
    assert (answer.code, answer.message) == (0, "")
    expected = call(signature, given)
    assert set(answer.outputs) == set(expected)
    for name, values in expected.items():
        found = answer.outputs[name]
        assert found.shape == values.shape
        if values.dtype == object:
            found, values = (
                np.stack([np.asarray(Image.open(io.BytesIO(one))) for one in some]) for some in (found, values)
            )
        if values.dtype == np.float32:
            np.testing.assert_allclose(found, values, rtol=0, atol=1e-5, err_msg=name)
        else:
            assert np.abs(found.astype(int) - values.astype(int)).max() <= 1, name


def test_every_signature_of_the_cgn_and_what_is_wrong_and_then_right_again(
    c_loader: Path, exported: Path, served: Any, tmp_path: Path
) -> None:
    first = [(name, right(name, rows)) for name in CGN_SIGNATURES for rows in (1, 8)]
    wrong = [(signature, given) for signature, given, _ in WRONG.values()]
    after = [(name, right(name, 3, seed=1)) for name in CGN_SIGNATURES]
    requests = write_requests(tmp_path / "requests", [*first, *wrong, *after])
    answers = ask(c_loader, exported, exported / WARM_UP, requests)
    warm, answers = answers[: 2 * len(CGN_SIGNATURES)], answers[2 * len(CGN_SIGNATURES) :]
    assert [(one.signature, one.code) for one in warm] == [(name, 0) for name in CGN_SIGNATURES for _ in range(2)]
    refused = answers[len(first) : -len(after)]
    for kind, answer in zip(WRONG, refused, strict=True):
        assert answer.code == tf.errors.INVALID_ARGUMENT, kind
        assert WRONG[kind][2] in answer.message
    for (name, given), answer in zip([*first, *after], [*answers[: len(first)], *answers[-len(after) :]], strict=True):
        assert answer.signature == name
        assert_equal(answer, served[name], given)


def test_the_classifier_with_what_is_wrong_and_then_right_again(
    c_loader: Path, exported_classifier: Path, served_classifier: Any, tmp_path: Path
) -> None:
    turned, transparent = JPEGS["JPEG of orientation 6, <"].file, PNGS["P, transparent by degrees"].file
    good = files(encoded(photo(28, 28)), encoded(photo(50, 64), "JPEG"), turned, transparent)
    asked = [("classify", good), *(("classify", files(encoded(photo(9, 9)), bad)) for bad, _ in BAD.values())]
    requests = write_requests(tmp_path / "requests", [*asked, ("serving_default", good)])
    answers = ask(c_loader, exported_classifier, exported_classifier / WARM_UP, requests)
    warm, answers = answers[:4], answers[4:]
    assert [(one.signature, one.code) for one in warm] == [
        (n, 0) for n in ("classify", "serving_default") for _ in "12"
    ]
    for kind, answer in zip(BAD, answers[1:-1], strict=True):
        assert answer.code == tf.errors.INVALID_ARGUMENT, kind
        assert "image_bytes" in answer.message
        assert BAD[kind][1] in answer.message
    for answer in (answers[0], answers[-1]):
        assert_equal(answer, served_classifier[answer.signature], good)


@pytest.mark.parametrize("name", ["noise", "seed"])
def test_values_of_another_type(c_loader: Path, exported: Path, tmp_path: Path, name: str) -> None:
    signature = {"noise": "serving_default", "seed": "sample"}[name]
    given = right(signature, 2)
    wrong = given | {name: given[name].astype({"noise": np.int64, "seed": np.float32}[name])}
    answers = ask(c_loader, exported, write_requests(tmp_path / "one", [(signature, wrong), (signature, given)]))
    assert [one.code for one in answers] == [tf.errors.INVALID_ARGUMENT, 0]
