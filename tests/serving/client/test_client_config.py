from __future__ import annotations

from typing import Any

import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.serving.client.config import ClassifyConfig, ClientConfig, ImagesConfig

IMAGES = {"images": ImagesConfig(output_dir="o")}


def test_the_model_asked_for_by_default() -> None:
    assert ClientConfig(**IMAGES).model_name == "cgn"
    assert ClientConfig(task="classify", classify=ClassifyConfig(files=("a.png",))).model_name == "classifier"
    assert ClientConfig(model="mine", **IMAGES).model_name == "mine"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "`output_dir`: expected a directory for the images"),
        ({"task": "sample_grid"}, "`output_dir`: expected a directory for the images"),
        ({"task": "classify", **IMAGES}, "`files`: expected PNG or JPEG files, got none"),
        ({"task": "film", **IMAGES}, "`task`: expected one of png, sample_grid, classify"),
        ({"version": -1, **IMAGES}, "`version`: expected a whole number, at least 0"),
        ({"timeout": 0.0, **IMAGES}, "`timeout`: expected a number, at most 1000000, above 0"),
        (
            {"images": ImagesConfig(output_dir="o", seeds=(1, 2, 3), shapes=(1, 2))},
            "expected one or as many of each for `task=png`, got 3 seeds, 2 shapes, 1 textures, 1 backgrounds",
        ),
    ],
)
def test_what_is_missing_or_contradicts_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        ClientConfig(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seeds": ()}, "`seeds`: expected one or several, comma separated, got none"),
        ({"shapes": (0, -1)}, "`shapes`: expected a whole number or several, comma separated, at least 0"),
        ({"truncation": 1.5}, "`truncation`: expected a number, at most 1, above 0"),
    ],
)
def test_images_that_cannot_be(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        ImagesConfig(output_dir="o", **values)


def test_a_sample_grid_takes_any_numbers() -> None:
    config = ClientConfig(task="sample_grid", images=ImagesConfig(output_dir="o", shapes=(0, 1, 2), textures=(0, 1)))
    assert config.images.shapes == (0, 1, 2)
