from __future__ import annotations

from typing import Any

import pytest

from cgn_tf.config.generate import GenerateConfig
from cgn_tf.config.options import ConfigError


def test_ten_counterfactuals_for_each_shape_by_default() -> None:
    config = GenerateConfig(model="a", output_dir="b")
    assert (config.counterfactuals_per_shape, config.num_shards, config.png) == (10, 1, False)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"output_dir": "b"}, "--model: expected the directory of a CGN"),
        ({"model": "a"}, "--output_dir: expected the directory of the data set"),
        ({"model": "a", "output_dir": "b", "num_images": 0}, "--num_images: expected a whole number, at least 1"),
        ({"model": "a", "output_dir": "b", "truncation": 0.0}, "--truncation: expected a number, at most 1, above 0"),
        (
            {"model": "a", "output_dir": "b", "shard_index": 4, "num_shards": 4},
            r"--shard_index: expected less than --num_shards=4, got 4; indices begin with 0\.$",
        ),
    ],
)
def test_what_is_missing_or_out_of_range_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        GenerateConfig(**values)
