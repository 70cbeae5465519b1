from __future__ import annotations

import re
from typing import Any

import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.options.command_line import as_flags
from cgn_tf.serving.export.config import ExportConfig


def test_requests_are_limited_by_default() -> None:
    assert ExportConfig(model="a", output_dir="b").max_batch_size == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"output_dir": "b"}, "--model: expected the directory of a model"),
        ({"model": "a"}, "--output_dir: expected a directory for the versions"),
        ({"model": "a", "output_dir": "b", "max_batch_size": -1}, "--max_batch_size: expected a whole number"),
    ],
)
def test_what_is_missing_or_out_of_range_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExportConfig(**values)
    assert re.search(f"^{message}", as_flags(str(caught.value)))
