from __future__ import annotations

import pytest

from cgn_tf.config.convert import ConvertConfig
from cgn_tf.config.options import ConfigError


def test_the_source_is_torch_by_default() -> None:
    assert ConvertConfig(input="a.pth", output="b").source == "torch"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"output": "b"}, "--input: expected a file of weights"),
        ({"input": "a.pth"}, "--output: expected a directory to write"),
        ({"input": "a.pth", "output": "b", "source": "onnx"}, "--source: expected one of torch, got 'onnx'"),
    ],
)
def test_what_is_missing_or_unknown_is_named(values: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        ConvertConfig(**values)
