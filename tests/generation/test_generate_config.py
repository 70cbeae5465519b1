from __future__ import annotations

import re
from typing import Any

import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.generation.config import GenerateConfig
from cgn_tf.options.command_line import as_flags, parse

NEEDED = {"model": "a", "output_dir": "b"}


def test_sizes_that_depend_on_the_model_are_left_to_it_by_default() -> None:
    config = GenerateConfig(model="a", output_dir="b")
    assert (config.images_per_mask, config.shapes_per_batch, config.batches_per_file) == (0, 0, 0)
    assert (config.mode, config.classes, config.outputs) == ("random", (), ("image",))
    assert (config.num_shards, config.png, config.truncation) == (1, False, 1.0)


def test_lists_on_the_command_line() -> None:
    flags = ["--model=a", "--output_dir=b", "--mode=fixed_classes", "--classes=tench, great_white_shark,978"]
    config = parse(GenerateConfig, [*flags, "--outputs=image, mask"])
    assert config.classes == ("tench", "great_white_shark", "978")
    assert config.outputs == ("image", "mask")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model": ""}, "--model: expected the directory of a CGN"),
        ({"output_dir": ""}, "--output_dir: expected the directory of the data set"),
        ({"num_images": 0}, "--num_images: expected a whole number, at least 1"),
        ({"truncation": 0.0}, "--truncation: expected a number, at most 2, above 0"),
        ({"truncation": 2.01}, "--truncation: expected a number, at most 2, above 0"),
        ({"images_per_mask": -1}, "--images_per_mask: expected a whole number, at least 0"),
        (
            {"shard_index": 4, "num_shards": 4},
            r"--shard_index: expected less than --num_shards=4, got 4; indices begin with 0\.$",
        ),
        ({"mode": "best"}, "--mode: expected one of random, best_classes, fixed_classes, same_classes, got 'best'"),
        ({"mode": "fixed_classes"}, "--classes: expected three for --mode=fixed_classes, got 0: shape, texture"),
        ({"mode": "fixed_classes", "classes": ("1", "2")}, "--classes: expected three .* got 2: shape, texture and"),
        ({"classes": ("1", "2", "3")}, "--classes contradicts --mode=random: set --mode=fixed_classes"),
        ({"mode": "best_classes", "classes": ("1",)}, "--classes contradicts --mode=best_classes"),
        ({"outputs": ()}, r"--outputs: expected image and other parts, each once, got nothing\.$"),
        ({"outputs": ("mask",)}, r"--outputs: expected image and other parts, each once, got mask\.$"),
        ({"outputs": ("image", "mask", "mask")}, "--outputs: .* each once, got image,mask,mask"),
        (
            {"outputs": ("image", "alpha")},
            "--outputs: expected one or several, comma separated, of image, mask, premask, foreground, background, got",
        ),
    ],
)
def test_what_is_missing_contradicts_or_is_out_of_range_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        GenerateConfig(**(NEEDED | values))
    assert re.search(f"^{message}", as_flags(str(caught.value)))
