from __future__ import annotations

from typing import Any

import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.weights.convert_config import ConvertConfig


def test_the_source_is_torch_by_default() -> None:
    config = ConvertConfig(input="a.pth", output="b")
    assert (config.source, config.reversed_truncation) == ("torch", False)


@pytest.mark.parametrize(
    "values",
    [
        {"source": "hub", "input": "https://tfhub.dev/deepmind/biggan-deep-256/1"},
        {"source": "parts", "backbone": "a", "masker": "u2net.pth"},
        {"source": "torch", "input": "a.bin", "reversed_truncation": True},
    ],
)
def test_each_source_takes_its_own_weights(values: dict[str, Any]) -> None:
    assert ConvertConfig(output="b", **values).source == values["source"]


PARTS = {"source": "parts", "backbone": "a", "masker": "b"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "`input`: expected weights for `source=torch`, got none; for example `input=cgn.pth`"),
        ({"source": "hub"}, "`input`: expected weights for `source=hub`, got none"),
        ({"input": "a.pth", "output": ""}, "`output`: expected a directory to write"),
        ({"input": "a.pth", "source": "keras"}, "`source`: expected one of torch, onnx, hub, parts, got 'keras'"),
        ({"source": "onnx"}, "`input`: expected weights for `source=onnx`, got none"),
        (
            PARTS | {"backbone": ""},
            "`backbone`: expected weights for `source=parts`, got none; for example `backbone=big",
        ),
        (PARTS | {"masker": ""}, "`masker`: expected weights for `source=parts`, got none; for example `masker=u2net"),
        (
            PARTS | {"input": "a.pth"},
            r"`input` contradicts `source=parts`, which takes `backbone` and `masker`\.$",
        ),
        ({"input": "a.pth", "masker": "u2net.pth"}, r"`masker` contradicts `source=torch`, which takes `input`\.$"),
        ({"source": "hub", "input": "a", "backbone": "b"}, "`backbone` contradicts `source=hub`, which takes `input`"),
    ],
)
def test_what_is_missing_unknown_or_contradicts_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        ConvertConfig(**({"output": "o"} | values))
